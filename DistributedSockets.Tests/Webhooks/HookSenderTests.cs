// The sender: order, pauses, the end of patience, and that one endpoint or node in trouble holds up nobody else.
using System.Diagnostics.Metrics;
using System.Net;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Webhooks;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Webhooks;

public sealed class HookSenderTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly HookBackEnd _backEnd = new();
    private readonly RecordingLogger<HookEndpoint> _log = new();
    private readonly HookOptions _options = HooksUnderTest.Options;
    private readonly StoreLink _link = new();
    private readonly InMemoryHookQueue _queue;
    private readonly List<HookSender> _senders = [];
    private readonly MetricCounts _failed;
    private readonly MetricCounts _givenUp;
    private long _seq;

    public HookSenderTests()
    {
        _queue = new InMemoryHookQueue(WantedHooks.Of(_options), _time);
        var meters = _services.GetRequiredService<IMeterFactory>();
        _failed = new MetricCounts(meters, "ds.hooks.failed", "reason");
        _givenUp = new MetricCounts(meters, "ds.hooks.given_up", "reason");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sender in _senders)
        {
            await sender.StopAsync(CancellationToken.None);
        }

        _failed.Dispose();
        _givenUp.Dispose();
        _backEnd.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Events_of_a_user_arrive_in_order_and_leave()
    {
        await StartAsync();
        Store("bob", 120);
        Store("carol", 60);

        await WhenAsync(() => _backEnd.Accepted.Count == 180, "all have arrived");

        Assert.Equal(Enumerable.Range(1, 120).Select(seq => (long)seq), _backEnd.SeqsOf("bob"));
        Assert.Equal(Enumerable.Range(121, 60).Select(seq => (long)seq), _backEnd.SeqsOf("carol"));
        await WhenAsync(async () => (await PageAsync("bob")) is { Events.Count: 0, PausedUntil: 0 } && await ListedAsync() == 0, "nothing waits, and nobody is on the list");
    }

    [Fact]
    public async Task Event_that_fails_is_tried_again_after_longer_and_longer_pauses()
    {
        _backEnd.Answer = _ => HttpStatusCode.InternalServerError;
        await StartAsync();
        var at = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Store("bob", 1);
        var pauses = new List<double>();
        while (pauses.Count < 12)
        {
            await WhenAsync(() => _backEnd.Asked.Count == pauses.Count + 1, "it is tried again");
            var page = await PageAsync("bob");
            await Eventually.IsAsync(async () => (page = await PageAsync("bob")).PausedUntil > 0, "it waits");

            // The test may have moved the clock by one step between the try and its answer.
            var (pause, expected) = (page.PausedUntil - page.Now, Math.Min(page.Now - at + 1_000, 300_000));
            Assert.InRange(pause, (0.9 * expected) - 500, (1.1 * expected) + 500);
            pauses.Add(pause);
            _time.Advance(TimeSpan.FromMilliseconds(pause));
        }

        Assert.InRange(pauses[0], 500, 2_000);
        Assert.InRange(pauses[^1], 270_000, 330_000);
        Assert.All(_backEnd.Asked, told => Assert.Equal(_backEnd.Asked.First().GetRawText(), told.GetRawText()));
    }

    [Fact]
    public async Task Next_event_waits_for_the_one_before_and_new_ones_do_not_shorten_its_pause()
    {
        var isBack = false;
        _backEnd.Answer = _ => isBack ? HttpStatusCode.OK : HttpStatusCode.BadGateway;
        await StartAsync();
        Store("bob", 2);
        await WhenAsync(() => _backEnd.Asked.Count == 5, "the first was tried five times");
        for (var turn = 0; turn < 8; turn++)
        {
            Store("bob", 1);
            _time.Advance(TimeSpan.FromMilliseconds(250));
        }

        Assert.Single(_backEnd.Asked.Select(told => told.GetProperty("id").GetString()).Distinct());
        Assert.InRange(_backEnd.Asked.Count, 5, 6);
        isBack = true;
        await WhenAsync(() => _backEnd.Accepted.Count == 10, "all have arrived");
        Assert.Equal(Enumerable.Range(1, 10).Select(seq => (long)seq), _backEnd.SeqsOf("bob"));
    }

    [Fact]
    public async Task After_a_day_what_is_too_old_is_given_up_and_the_rest_goes_on()
    {
        _backEnd.Answer = _ => HttpStatusCode.InternalServerError;
        await StartAsync();
        Store("bob", 3);
        await WhenAsync(() => _backEnd.Asked.Count >= 2, "it was tried");
        _time.Advance(TimeSpan.FromHours(23));
        Store("bob", 1);

        await WhenAsync(() => _givenUp["too_old"] == 3, "three are given up", step: TimeSpan.FromMinutes(1));

        _backEnd.Answer = _ => HttpStatusCode.OK;
        await WhenAsync(() => _backEnd.SeqsOf("bob").SequenceEqual([4]), "the last has arrived", step: TimeSpan.FromSeconds(5));
        Assert.Equal([("too_old", 3)], GivenUp());
    }

    [Fact]
    public async Task Event_that_the_back_end_wants_no_more_is_given_up_at_once()
    {
        _backEnd.Answer = told => told.GetProperty("data").GetProperty("seq").GetInt64() == 1 ? HttpStatusCode.Gone : HttpStatusCode.OK;
        await StartAsync();
        Store("bob", 2);

        await WhenAsync(() => _backEnd.Accepted.Count == 1, "the second has arrived");

        Assert.Equal([("gone", 1)], GivenUp());
        Assert.Equal(2, _backEnd.Asked.Count);
    }

    [Fact]
    public async Task What_has_gone_since_too_many_waited_is_counted()
    {
        _options.Pending = 1_000;
        Store("bob", 1_005);
        await StartAsync();

        await WhenAsync(() => _backEnd.Accepted.Count == 1_000, "the rest has arrived");

        Assert.Equal([("too_many", 5)], GivenUp());
        Assert.Equal(6, _backEnd.SeqsOf("bob")[0]);
    }

    [Fact]
    public async Task User_whose_event_is_never_accepted_holds_up_nobody_else()
    {
        _backEnd.Answer = told => UserOf(told) == "bob" ? HttpStatusCode.BadRequest : HttpStatusCode.OK;
        await StartAsync();
        Store("bob", 1);
        await WhenAsync(() => _backEnd.Asked.Count == 2, "it was tried twice");
        Store("carol", 1);

        await WhenAsync(() => _backEnd.SeqsOf("carol").Count == 1, "carol's event has arrived");
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Back_end_that_does_not_answer_is_left_after_the_timeout_and_holds_up_only_as_many_as_may_be_under_way()
    {
        _options.Parallel = 4;
        _backEnd.Answer = told => UserOf(told).StartsWith("slow", StringComparison.Ordinal) ? null : HttpStatusCode.OK;
        await StartAsync();
        foreach (var slow in Enumerable.Range(1, 3))
        {
            Store($"slow-{slow}", 1);
        }

        await WhenAsync(() => _backEnd.Asked.Count == 3, "three hang");
        Store("bob", 100);
        await WhenAsync(() => _backEnd.SeqsOf("bob").Count == 100, "bob's have arrived");
        await WhenAsync(() => _failed["no_answer"] == 3, "three were left");
    }

    [Fact]
    public async Task Outage_is_named_once_and_its_end_too()
    {
        _backEnd.Answer = _ => 0;
        var endpoint = await StartAsync();
        var health = new HookHealthCheck(endpoint);
        foreach (var user in Enumerable.Range(1, 20))
        {
            Store($"user-{user}", 1);
        }

        await WhenAsync(() => _failed["no_answer"] > 40, "much has failed");
        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None)).Status);
        _backEnd.Answer = _ => HttpStatusCode.OK;
        await WhenAsync(() => _backEnd.Accepted.Count == 20, "all have arrived");

        Assert.Equal([LogLevel.Warning, LogLevel.Information], _log.Lines.Select(line => line.Level));
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None)).Status);
        Assert.Contains("http://backend.example ", _log.Lines.First().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_that_has_lost_its_turn_posts_no_further_event_and_another_goes_on()
    {
        using var held = new ManualResetEventSlim();
        await StartAsync("server-1");
        _backEnd.Answer = told =>
        {
            held.Wait(TestClient.Patience);
            return HttpStatusCode.OK;
        };
        Store("bob", 3);
        await WhenAsync(() => _backEnd.Asked.Count == 1, "the first is under way");

        // The first node is cut off from the store: it can't prolong its turns.
        _link.Cut();
        _time.Advance(TimeSpan.FromSeconds(6));
        await StartAsync("server-2", new StoreLink());
        held.Set();

        // The request that hung may end behind those of the other node.
        await WhenAsync(() => _backEnd.SeqsOf("bob").Count == 4, "all have arrived, the first twice");
        Assert.Equal([1, 1, 2, 3], _backEnd.SeqsOf("bob").Order());
        Assert.Equal([1, 2, 3], _backEnd.SeqsOf("bob").Distinct());
    }

    [Fact]
    public async Task Store_that_was_away_loses_nothing()
    {
        await StartAsync();
        _link.Cut();
        Store("bob", 3);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(_backEnd.Asked);

        _link.Restore();
        await WhenAsync(() => _backEnd.SeqsOf("bob").SequenceEqual([1, 2, 3]), "all have arrived");
    }

    [Fact]
    public async Task Defect_of_one_user_does_not_end_the_others()
    {
        await StartAsync();
        _link.BreakNext("ReadEventsAsync");
        Store("bob", 1);
        await WhenAsync(() => _link.Count("PauseEventsAsync") == 1, "bob is set aside");
        Store("carol", 1);

        await WhenAsync(() => _backEnd.Accepted.Count == 1, "carol's event has arrived");
        Assert.Equal([2], _backEnd.SeqsOf("carol"));
        await WhenAsync(() => _backEnd.SeqsOf("bob").Count == 1, "bob's follows later");
    }

    private static string UserOf(System.Text.Json.JsonElement told) => told.GetProperty("data").GetProperty("user").GetString()!;

    private void Store(string user, int count)
    {
        for (var index = 0; index < count; index++)
        {
            _queue.Enter(HookOwner.Of(new UserId(user)), new StoredHook(new UserId("alice"), new MessageId("m"), ++_seq, 1, null, default));
        }
    }

    private async Task<HookEndpoint> StartAsync(string node = "server-1", StoreLink? link = null)
    {
        var status = new NodeStatus(_time);
        status.Begin(new NodeIncarnation(new NodeId(node), 1));
        status.Enter(NodePhase.Serving);
        var metrics = new HookMetrics(_services.GetRequiredService<IMeterFactory>());
        var endpoint = new HookEndpoint(_options, metrics, _log);
        var queue = new FaultyHookQueue(_queue, link ?? _link);
        var delivery = new HookDelivery(queue, new HookPost(_backEnd, _options, endpoint, _time), _options, metrics, Failpoints.None, NullLogger<HookDelivery>.Instance);
        var sender = new HookSender(queue, delivery, _options, metrics, status, _time, NullLogger<HookSender>.Instance);
        _senders.Add(sender);
        await sender.StartAsync(TestContext.Current.CancellationToken);
        return endpoint;
    }

    private Task<HookPage> PageAsync(string user) => _queue.ReadAsync(HookOwner.Of(new UserId(user)), 10_000, CancellationToken.None);

    private async Task<long> ListedAsync()
    {
        var listed = 0L;
        for (var shard = 0; shard < SocketNode.Inbox.IInboxUpkeep.Shards; shard++)
        {
            listed += (await _queue.TakeTurnAsync(shard, new NodeIncarnation(new NodeId("server-1"), 1), TimeSpan.FromSeconds(5), 1, CancellationToken.None))!.Waiting;
        }

        return listed;
    }

    private IEnumerable<(string Reason, long Count)> GivenUp() => _givenUp.All.Select(reason => (reason.Key, reason.Value));

    private Task WhenAsync(Func<bool> condition, string what, TimeSpan? step = null) => WhenAsync(() => Task.FromResult(condition()), what, step);

    /// <summary>Moves the clock on in small steps until the condition holds.</summary>
    private Task WhenAsync(Func<Task<bool>> condition, string what, TimeSpan? step = null) => Eventually.IsAsync(
        async () =>
        {
            if (await condition())
            {
                return true;
            }

            _time.Advance(step ?? TimeSpan.FromMilliseconds(250));
            return false;
        },
        what);
}
