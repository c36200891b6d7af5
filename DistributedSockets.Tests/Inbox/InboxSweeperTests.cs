// Inboxes are visited when their time has come, by one node, and what does not balance is told.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Tests.Inbox;

public sealed class InboxSweeperTests : IAsyncLifetime
{
    private static readonly UserId Bob = new("bob");

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running).ContinueWith(_ => { }, TaskScheduler.Default);
        await _node.DisposeAsync();
        await _services.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task What_expires_is_found_in_time_and_carried_to_its_sender()
    {
        var upkeep = new Upkeep(_node.Kept);
        var sweeper = Run(upkeep);
        await _node.Kept.AppendAsync(Bob, [Envelopes.Saying("1") with { ClientId = "a", TtlSeconds = 5 }, Envelopes.Saying("2")], CancellationToken.None);

        await _node.AdvanceUntilAsync(() => !sweeper.Carried.IsEmpty, "what is owed is carried");

        Assert.Equal([Bob], sweeper.Carried.Distinct());
        Assert.Equal("2", Envelopes.Text(Assert.Single((await _node.InboxOfAsync("bob")).Envelopes)));
        await _node.AdvanceUntilAsync(() => sweeper.Ledger.Totals == new Ledger(2, 0, 1, 0, 1), "the totals are read");
        Assert.Equal(0, sweeper.Ledger.OutOfBalance);
    }

    [Fact]
    public async Task One_node_visits_and_another_goes_on_when_it_has_ended()
    {
        var (one, two) = (new Upkeep(_node.Kept), new Upkeep(_node.Kept));
        using var end = new CancellationTokenSource();
        Run(one, stopping: end.Token);
        await _node.AdvanceUntilAsync(() => one.Turns > 0, "the first node has the turns");
        Run(two, NodeParts.Other());
        await _node.Kept.AppendAsync(Bob, [Envelopes.Saying("1")], CancellationToken.None);

        await _node.AdvanceUntilAsync(() => one.Swept.Contains(Bob), "the first node visits");
        Assert.Empty(two.Swept);

        await end.CancelAsync();
        await _node.AdvanceUntilAsync(() => two.Swept.Contains(Bob), "the second node visits");
    }

    [Fact]
    public async Task An_inbox_that_does_not_balance_is_told_until_it_does()
    {
        var upkeep = new Upkeep(_node.Kept) { Missing = 1 };
        var sweeper = Run(upkeep);
        var health = new LedgerHealthCheck(sweeper.Ledger);
        await _node.Kept.AppendAsync(Bob, [Envelopes.Saying("1")], CancellationToken.None);

        await _node.AdvanceUntilAsync(() => sweeper.Ledger.OutOfBalance == 1, "the difference is known");
        Assert.Equal([Bob], sweeper.Ledger.Users);
        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None)).Status);

        upkeep.Missing = 0;
        await _node.AdvanceUntilAsync(() => sweeper.Ledger.OutOfBalance == 0, "the difference has gone");
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None)).Status);
    }

    [Fact]
    public void A_difference_is_news_once_and_only_with_who_visits()
    {
        var (ledger, wrong) = (new LedgerStatus(), new Ledger(2, 0, 0, 0, 1));

        Assert.True(ledger.Enter(Bob, wrong));
        Assert.False(ledger.Enter(Bob, wrong));
        Assert.False(ledger.Enter(new UserId("carol"), Ledger.Empty));
        ledger.Forget((RedisKeys.Shard(Bob) + 1) % IInboxUpkeep.Shards);
        Assert.Equal(1, ledger.OutOfBalance);

        ledger.Forget(RedisKeys.Shard(Bob));
        Assert.Equal(0, ledger.OutOfBalance);
        Assert.True(ledger.Enter(Bob, wrong));
    }

    [Fact]
    public async Task One_user_that_can_not_be_visited_does_not_hold_up_the_others()
    {
        var upkeep = new Upkeep(_node.Kept) { Broken = Bob };
        Run(upkeep);
        var carol = new UserId("carol");
        await _node.Kept.AppendAsync(Bob, [Envelopes.Saying("1")], CancellationToken.None);
        await _node.Kept.AppendAsync(carol, [Envelopes.Saying("1", to: "carol")], CancellationToken.None);

        await _node.AdvanceUntilAsync(() => upkeep.Swept.Contains(carol), "carol is visited");
        upkeep.Broken = null;
        await _node.AdvanceUntilAsync(() => upkeep.Swept.Contains(Bob), "bob is visited");
    }

    [Fact]
    public async Task Nobody_is_visited_while_the_node_does_not_serve()
    {
        var upkeep = new Upkeep(_node.Kept);
        _node.Status.Enter(NodePhase.CutOff);
        Run(upkeep);
        _node.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, upkeep.Turns);

        _node.Status.Enter(NodePhase.Serving);
        await _node.AdvanceUntilAsync(() => upkeep.Turns > 0, "the node takes turns");
    }

    [Fact]
    public async Task More_than_a_batch_that_are_due_are_visited_once_each()
    {
        var upkeep = new Upkeep(_node.Kept);
        var users = Enumerable.Range(0, 5000).Select(number => new UserId($"user-{number}")).Where(user => RedisKeys.Shard(user) == 3).Take(250).ToList();
        foreach (var user in users)
        {
            await _node.Kept.AppendAsync(user, [Envelopes.Saying("1")], CancellationToken.None);
        }

        _node.Time.Advance(TimeSpan.FromMinutes(2));
        Run(upkeep);
        await _node.AdvanceUntilAsync(() => upkeep.Swept.Count >= users.Count, "all are visited");

        Assert.Equal(users.Count, upkeep.Swept.Distinct().Count());
        Assert.Equal(users.Count, upkeep.Swept.Count);
    }

    private Running Run(Upkeep upkeep, NodeIncarnation? self = null, CancellationToken? stopping = null)
    {
        var status = _node.Status;
        if (self is { } other)
        {
            status = new NodeStatus(_node.Time);
            status.Begin(other);
            status.Enter(NodePhase.Serving);
        }

        var running = new Running(new LedgerStatus());
        var metrics = new LedgerMetrics(_services.GetRequiredService<IMeterFactory>(), running.Ledger);
        var sweeper = new InboxSweeper(upkeep, running.CarryAsync, _node.Graces, running.Ledger, metrics, status, _node.Time, NullLogger<InboxSweeper>.Instance);
        _running.Add(sweeper.RunAsync(stopping ?? _stopping.Token));
        return running;
    }

    private sealed record Running(LedgerStatus Ledger)
    {
        public ConcurrentQueue<UserId> Carried { get; } = new();

        public Task CarryAsync(UserId user, CancellationToken cancellationToken)
        {
            Carried.Enqueue(user);
            return Task.CompletedTask;
        }
    }

    /// <summary>A node's way to the store, which counts and can lie.</summary>
    private sealed class Upkeep(IInboxUpkeep inner) : IInboxUpkeep
    {
        private int _turns;

        public int Turns => _turns;

        public ConcurrentQueue<UserId> Swept { get; } = new();

        /// <summary>How many entries seem to have vanished.</summary>
        public long Missing { get; set; }

        /// <summary>Who can't be visited.</summary>
        public UserId? Broken { get; set; }

        public Task<IReadOnlyList<DueVisit>?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _turns);
            return inner.TakeTurnAsync(shard, self, turn, limit, cancellationToken);
        }

        public async Task<SweptInbox> SweepAsync(UserId user, CancellationToken cancellationToken)
        {
            if (user == Broken)
            {
                throw new InboxUnavailableException("broken", new TimeoutException());
            }

            var swept = await inner.SweepAsync(user, cancellationToken);
            Swept.Enqueue(user);
            return swept with { Ledger = swept.Ledger with { Pending = swept.Ledger.Pending - Missing } };
        }

        public Task RescheduleAsync(int shard, DueVisit visit, SweptInbox swept, CancellationToken cancellationToken) =>
            inner.RescheduleAsync(shard, visit, swept, cancellationToken);

        public Task<InboxDepth> ReadDepthAsync(UserId user, CancellationToken cancellationToken) => inner.ReadDepthAsync(user, cancellationToken);

        public Task<long> ClearAsync(UserId user, CancellationToken cancellationToken) => inner.ClearAsync(user, cancellationToken);

        public Task<Ledger> ReadLedgerAsync(CancellationToken cancellationToken) => inner.ReadLedgerAsync(cancellationToken);
    }
}
