// Every fault that DESIGN.md names, each with a fixed seed and for a few seconds, over one cluster. The verdict's last counts have to be zero.
#if !USE_ASPIRE
using System.Text.Json;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

[Collection(FaultyCluster.Name)]
public sealed class FaultTests(FaultClusterFixture fixture, ITestOutputHelper output)
{
    private const int Seed = 20261;

    private static readonly TimeSpan SixLeases = 6 * FaultCluster.Lease;

    private readonly NodeFaults _nodes = new(fixture.Cluster);
    private readonly RedisFaults _redis = new(fixture.Cluster);
    private readonly RabbitMqFaults _rabbitMq = new(fixture.Cluster);

    private FaultCluster Cluster => fixture.Cluster;

    [Fact]
    public Task T1_the_recipients_node_is_killed() => RunAsync("T1 recipients' node killed", _ => _nodes.KillAsync(2), onlyFrom: 1);

    [Fact]
    public Task T2_the_senders_node_is_killed() => RunAsync("T2 senders' node killed", _ => _nodes.KillAsync(1), onlyFrom: 1);

    [Theory]
    [InlineData("kill-after-store")]
    [InlineData("kill-after-confirm")]
    [InlineData("kill-before-ack")]
    [InlineData("kill-after-acknowledge")]
    [InlineData("kill-after-receipt")]
    public Task T3_a_node_dies_at_a_chosen_point(string failpoint) => RunAsync($"T3 {failpoint}", _ => _nodes.FailAtAsync(failpoint));

    [Fact]
    public Task T4_a_node_sleeps_past_its_lease() => RunAsync("T4 node paused", _ => _nodes.PauseAsync(3, 2 * FaultCluster.Lease));

    [Fact]
    public Task T5_Redis_is_killed() => RunAsync("T5 Redis killed", _ => _redis.KillAsync());

    [Fact]
    public Task T5_Redis_is_wiped() => RunAsync("T5 Redis wiped", async load =>
    {
        await _redis.WipeAsync(load.Journal);
        var at = load.Journal.StoreLostAt;

        // Never a silent hole: whoever had read something is told that the inbox has begun anew.
        await Eventually.IsAsync(
            () => load.Clients.Where(client => client.Memory.Welcomes[0].At < at && client.IsOnline).All(client => client.IsTold("epoch", at)),
            "everybody is told that the inboxes are new ones");
    });

    [Fact]
    public async Task T6_a_replica_that_lags_is_promoted()
    {
        try
        {
            await RunAsync("T6 replica promoted", load => _redis.FailOverAsync(load.Journal));
        }
        finally
        {
            await _redis.FailBackAsync();
        }
    }

    [Fact]
    public Task T7_RabbitMQ_is_restarted() => RunAsync("T7 RabbitMQ restarted", _ => _rabbitMq.RestartAsync());

    [Fact]
    public Task T7_queues_and_bindings_are_deleted() => RunAsync("T7 queue and binding deleted", async _ =>
    {
        await _rabbitMq.DeleteQueueAsync(1);
        await _rabbitMq.UnbindAsync(2);
        await Task.Delay(2 * FaultCluster.Lease, TestContext.Current.CancellationToken);
    });

    [Fact]
    public Task T7_RabbitMQ_is_blocked() => RunAsync("T7 memory alarm", _ => _rabbitMq.BlockAsync(2 * FaultCluster.Lease));

    [Fact]
    public Task T8_a_node_is_cut_off_from_RabbitMQ() => RunAsync("T8 RabbitMQ blackholed", _ => _rabbitMq.CutAsync(2, SixLeases));

    [Fact]
    public Task T9_a_node_is_cut_off_from_Redis() => RunAsync("T9 Redis away from one", _ => _redis.CutAsync([1], SixLeases));

    [Fact]
    public Task T9_all_nodes_are_cut_off_from_Redis() => RunAsync("T9 Redis away from all", _ => _redis.CutAsync([1, 2, 3], SixLeases));

    [Fact]
    public Task T13_a_node_is_started_twice() => RunAsync("T13 same SERVER_ID twice", _ => _nodes.StartTwiceAsync(1));

    [Fact]
    public Task T13_a_killed_node_starts_at_once() => RunAsync("T13 restart right after SIGKILL", _ => _nodes.KillAndStartAsync(2));

    [Fact]
    public Task T15_all_nodes_are_restarted_in_turn_and_nobody_seems_to_have_gone() => RunAsync("T15 rolling restart", async load =>
    {
        var stayers = load.AddCrowd(10);
        await FaultLoad.WhenWelcomeAsync(stayers);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var gone = WatchAsync([.. stayers.Select(stayer => stayer.User)], over.Token);
        await _nodes.RestartAllAsync();
        await over.CancelAsync();
        Assert.Empty(await gone);
    });

    [Fact]
    public Task T17_clocks_are_five_minutes_apart() => RunAsync("T17 clocks apart", async _ => await Task.Delay(2 * FaultCluster.Lease, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Entry_that_vanishes_rings_the_ledger()
    {
        try
        {
            await RunAsync("ledger: before", _ => Task.CompletedTask);
            await using (var load = new FaultLoad(Cluster, Seed))
            {
                await load.StartAsync();
                await Cluster.ArmAsync("drop-entry");
            }

            await Eventually.IsAsync(async () => (await Cluster.LedgerAsync()).GetProperty("difference").GetInt64() == 1, "the ledger shows the entry that vanished");
            await Eventually.IsAsync(
                async () => (await Task.WhenAll(Enumerable.Range(1, FaultCluster.Nodes).Select(LedgerHealthAsync))).Contains("degraded"), "a node's health names it");
        }
        finally
        {
            await _redis.ForgetAllAsync();
        }
    }

    [Fact]
    public Task T18_poison_on_the_exchange() => RunAsync("T18 poison", _ => _rabbitMq.PoisonAsync(100));

    [Fact]
    public Task T22_the_broker_delivers_twice() => RunAsync("T22 delivered twice", async _ =>
    {
        await using var echo = await _rabbitMq.EchoAsync();
        await Task.Delay(FaultCluster.Lease, TestContext.Current.CancellationToken);
    });

    private async Task<string> LedgerHealthAsync(int node)
    {
        using var http = new HttpClient();
        using var health = JsonDocument.Parse(await http.GetStringAsync(new Uri(Cluster.System.Node(node), "/health"), TestContext.Current.CancellationToken));
        return health.RootElement.GetProperty("checks").GetProperty("ledger").GetProperty("status").GetString()!;
    }

    /// <summary>Users who at some moment had no session anywhere.</summary>
    private async Task<IReadOnlyCollection<string>> WatchAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        var gone = new HashSet<string>();
        while (!cancellationToken.IsCancellationRequested)
        {
            var sessions = await Task.WhenAll(users.Select(user => Cluster.System.Redis.HashLengthAsync(RedisKeys.Sessions(new UserId(user)))));
            gone.UnionWith(users.Where((_, index) => sessions[index] == 0));
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }

        return gone;
    }

    private Task<Verdict> RunAsync(string name, Func<FaultLoad, Task> fault, int? onlyFrom = null) =>
        new FaultRun(Cluster, output).RunAsync(name, fault, new FaultLoad(Cluster, Seed) { OnlyFrom = onlyFrom });
}
#endif
