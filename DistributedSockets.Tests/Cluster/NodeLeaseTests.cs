// This node's right to its name: taken, held, lost, and what happens while Redis is away.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Cluster;

public sealed class NodeLeaseTests : IAsyncDisposable
{
    private static readonly NodeInfo OtherBoot = new(new NodeId("server-1"), "http://10.0.0.7:8081", "elsewhere", 4711, "1.0", 1_764_000_000_000);

    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly InboxCatchUp _catchUp;
    private readonly NodeLease _lease;
    private Task _held = Task.CompletedTask;

    public NodeLeaseTests()
    {
        var options = Options.Create(new SocketNodeOptions());
        _catchUp = new InboxCatchUp(
            _node.Inbox, _node.Missed, _node.Memberships, _node.Table, _node.Sessions, _node.Bus, _node.Status, _node.Time, NullLogger<InboxCatchUp>.Instance);
        _lease = new NodeLease(
            _node.Registry, _node.Identity, _node.Report, _node.Status, _node.Sessions, _catchUp, _node.Watches, _node.Table, options, _node.Time,
            NullLogger<NodeLease>.Instance);
    }

    [Fact]
    public async Task Free_name_is_taken_at_once()
    {
        var self = await _lease.TakeAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new NodeId("server-1"), self.Node);
        Assert.True(_node.Status.IsFresh);
    }

    [Fact]
    public async Task Duplicate_of_a_living_node_is_refused_naming_the_holder()
    {
        var holder = Assert.IsType<LeaseAttempt.Taken>(await _node.Stored.TakeLeaseAsync(OtherBoot, CancellationToken.None)).Incarnation;

        var taking = _lease.TakeAsync(TestContext.Current.CancellationToken);
        await _node.AdvanceUntilAsync(() => _node.Store.Count("TakeLeaseAsync") > 2, "the name was asked for several times");
        Assert.False(taking.IsCompleted);
        await _node.Stored.RenewLeaseAsync(holder, OtherBoot, CancellationToken.None);
        await _node.AdvanceUntilAsync(() => taking.IsCompleted, "the duplicate gives up");

        var refusal = await Assert.ThrowsAsync<DuplicateNodeException>(() => taking);
        Assert.All(["server-1", "elsewhere", "4711", "http://10.0.0.7:8081"], part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lease_of_a_killed_predecessor_is_waited_for()
    {
        var holder = Assert.IsType<LeaseAttempt.Taken>(await _node.Stored.TakeLeaseAsync(OtherBoot, CancellationToken.None)).Incarnation;
        var since = _node.Time.GetTimestamp();

        var taking = _lease.TakeAsync(TestContext.Current.CancellationToken);
        await _node.AdvanceUntilAsync(() => taking.IsCompleted, "the name is free");

        Assert.True((await taking).Number > holder.Number);
        Assert.InRange(_node.Time.GetElapsedTime(since), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task Redis_that_is_away_at_boot_is_waited_for()
    {
        _node.Store.Cut();
        var taking = _lease.TakeAsync(TestContext.Current.CancellationToken);
        await _node.AdvanceUntilAsync(() => _node.Store.Count("TakeLeaseAsync") > 1, "Redis was asked again");

        _node.Store.Restore();
        await _node.AdvanceUntilAsync(() => taking.IsCompleted, "the name is taken");
        await taking;
    }

    [Fact]
    public async Task Node_whose_name_another_boot_has_taken_is_fenced()
    {
        await HoldAsync();
        _node.Store.Cut();
        await _node.AdvanceUntilAsync(() => Assert.IsType<LivingNodes>(_node.Stored.ReadNodesAsync(CancellationToken.None).Result).Living.Count == 0, "the lease has lapsed");
        await _node.Stored.TakeLeaseAsync(OtherBoot, CancellationToken.None);

        _node.Store.Restore();
        await _node.AdvanceUntilAsync(() => _held.IsCompleted, "the node is fenced");
        Assert.True(_held.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Node_that_redis_does_not_answer_keeps_its_connections_and_its_right_to_deliver()
    {
        await HoldAsync();
        var bob = await _node.ConnectAsync("bob");
        _node.Store.Cut();
        await _node.AdvanceUntilAsync(() => _node.Status.Phase == NodePhase.CutOff, "the node is cut off");
        var since = _node.Time.GetTimestamp();
        await _node.AdvanceUntilAsync(() => _node.Time.GetElapsedTime(since) > TimeSpan.FromSeconds(20), "20 s have passed");

        Assert.True(_node.Status.IsFresh);
        Assert.False(_node.Status.Admits);
        Assert.Null(bob.CloseStatus);
        Assert.False(_held.IsCompleted);
    }

    [Fact]
    public async Task Node_that_is_cut_off_for_too_long_closes_its_connections()
    {
        await HoldAsync();
        var bob = await _node.ConnectAsync("bob");
        _node.Store.Cut();

        await Eventually.IsAsync(
            () =>
            {
                _node.Time.Advance(TimeSpan.FromSeconds(2));
                return bob.CloseStatus is not null;
            },
            "bob is sent away");
        Assert.Equal(CloseReason.BackendUnavailable.PlainCode, (int)bob.CloseStatus!);
    }

    [Fact]
    public async Task Lease_that_is_taken_back_brings_the_sessions_back_and_makes_closes_up()
    {
        await HoldAsync();
        await _node.ConnectAsync("bob");
        var gone = _node.NewSession("carol");
        await _node.Stored.OpenAsync(gone, CancellationToken.None);
        _node.Store.Cut();
        await _node.Sessions.CloseAsync(gone, leaves: false);
        await _node.AdvanceUntilAsync(() => _node.Status.Phase == NodePhase.CutOff, "the node is cut off");
        await _node.Stored.CloseAsync(Assert.Single(_node.Stored.Locate(new UserId("bob"))), PresenceRules.Grace, CancellationToken.None);

        _node.Store.Restore();
        await _node.AdvanceUntilAsync(() => _node.Status.Phase == NodePhase.Serving, "the node is back");
        Assert.Single(_node.Stored.Locate(new UserId("bob")));
        Assert.Empty(_node.Stored.Locate(new UserId("carol")));
    }

    [Fact]
    public async Task Lease_that_is_taken_back_has_everybody_looked_at_now_and_when_nobody_takes_the_node_for_dead_any_more()
    {
        var users = Enumerable.Range(0, 100).Select(number => new UserId($"user-{number}")).ToList();
        foreach (var user in users)
        {
            await _node.ConnectAsync(user.Value);
        }

        await HoldAsync();
        _node.Store.Cut();
        await _node.AdvanceUntilAsync(() => _node.Status.Phase == NodePhase.CutOff, "the node is cut off");
        _node.Store.Restore();
        await _node.AdvanceUntilAsync(() => _node.Status.Phase == NodePhase.Serving, "the node is back");

        // The slow sweep comes to each of them within a minute.
        var since = _node.Time.GetTimestamp();
        var catchingUp = _catchUp.RunAsync(_stopping.Token);
        await _node.AdvanceUntilAsync(() => users.TrueForAll(user => _node.Store.LookUps(user) >= 2), "everybody is looked at twice");
        Assert.InRange(_node.Time.GetElapsedTime(since), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30));
        await _stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => catchingUp);
    }

    [Fact]
    public async Task Single_close_that_failed_is_made_up_with_the_next_renewal()
    {
        await HoldAsync();
        var gone = _node.NewSession("carol");
        await _node.Stored.OpenAsync(gone, CancellationToken.None);
        _node.Store.FailNext("CloseAsync");
        await _node.Sessions.CloseAsync(gone, leaves: false);
        Assert.Single(_node.Stored.Locate(new UserId("carol")));

        await _node.AdvanceUntilAsync(() => _node.Stored.Locate(new UserId("carol")).Count == 0, "carol's session is closed");
    }

    [Fact]
    public async Task Process_that_slept_past_its_lease_stays_stale_while_redis_is_away()
    {
        await HoldAsync();
        var renewal = _node.Store.HoldAnswers("RenewLeaseAsync");
        await _node.AdvanceUntilAsync(() => _node.Store.Count("RenewLeaseAsync") > 1, "the lease is being renewed");
        await renewal.WhenReachedAsync();

        _node.Time.Advance(TimeSpan.FromSeconds(20));
        _node.Store.Cut();
        renewal.Release();
        await _node.AdvanceUntilAsync(() => _node.Status.Phase == NodePhase.CutOff, "the node is cut off");
        Assert.False(_node.Status.IsFresh);

        _node.Store.Restore();
        await _node.AdvanceUntilAsync(() => _node.Status.IsFresh, "the node has asked");
    }

    [Fact]
    public async Task Node_that_stops_tells_so_at_once()
    {
        await HoldAsync();
        Assert.False(await IsDrainingAsync());
        var renewals = _node.Store.Count("RenewLeaseAsync");

        _node.Status.Enter(NodePhase.Stopping);
        _lease.RenewNow();

        await Eventually.IsAsync(IsDrainingAsync, "the others can see that the node drains");
        Assert.Equal(renewals + 1, _node.Store.Count("RenewLeaseAsync"));
        await _node.AdvanceUntilAsync(() => _node.Store.Count("RenewLeaseAsync") > renewals + 2, "renewals go on in their own time");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _held.WaitAsync(TestClient.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        await _node.DisposeAsync();
    }

    private async Task<bool> IsDrainingAsync() =>
        Assert.Single((await _node.Stored.ReadNodesAsync(TestContext.Current.CancellationToken)).Living).Value!.Draining;

    private async Task HoldAsync()
    {
        var self = await _lease.TakeAsync(TestContext.Current.CancellationToken);
        _node.Status.Begin(self);
        _node.Status.Enter(NodePhase.Serving);
        _held = _lease.HoldAsync(self, _stopping.Token);
        await _node.AdvanceUntilAsync(() => _node.Store.Count("RenewLeaseAsync") > 0, "the lease is renewed");
    }
}
