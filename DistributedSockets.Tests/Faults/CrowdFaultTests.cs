// Faults that many feel at once: stale sessions, a thousand connections dropped, a node killed with hundreds present; and one who does not read.
#if !USE_ASPIRE
using System.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

[Collection(FaultyCluster.Name)]
public sealed class CrowdFaultTests(FaultClusterFixture fixture, ITestOutputHelper output)
{
    private const int Seed = 20262;
    private const int Crowd = 1000;
    private const int Present = 500;

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private FaultCluster Cluster => fixture.Cluster;

    [Fact]
    public Task T10_a_thousand_users_have_sessions_that_are_lies() => RunAsync("T10 stale sessions of 1,000", async load =>
    {
        var crowd = load.AddCrowd(Crowd);
        await ForgeAsync(crowd);
        var before = await ProcessorTimeAsync(Watched);

        var begin = Stopwatch.GetTimestamp();
        var sender = load.AddCrowd(1)[0];
        foreach (var client in crowd)
        {
            Assert.True(sender.TrySend(client.User));
        }

        await FaultLoad.WhenWelcomeAsync([sender]);
        await Eventually.IsAsync(() => sender.Unacknowledged == 0, "all of it is stored", Patience);
        var took = Stopwatch.GetElapsedTime(begin);

        // What is returned, rerouted and stored is at rest then: nothing circles.
        var after = await ProcessorTimeAsync(Watched);
        output.WriteLine($"{Crowd} messages to stale sessions were stored after {took.TotalSeconds:0.0} s; processor time in {Watched.TotalSeconds} s: {before.TotalSeconds:0.00} s before, {after.TotalSeconds:0.00} s after");
        Assert.InRange(after, TimeSpan.Zero, (2 * before) + TimeSpan.FromSeconds(0.5));
    });

    [Fact]
    public Task T11_a_thousand_connections_are_dropped_at_once() => RunAsync("T11 1,000 dropped at once", async load =>
    {
        var crowd = load.AddCrowd(Crowd);
        await FaultLoad.WhenWelcomeAsync(crowd, Patience);

        foreach (var client in crowd)
        {
            client.Drop();
        }

        await Eventually.IsAsync(() => !crowd.Any(client => client.IsWelcome && client.Memory.Welcomes.Count == 1), "all have noticed");
        var begin = Stopwatch.GetTimestamp();
        await FaultLoad.WhenWelcomeAsync(crowd, Patience);
        output.WriteLine($"{Crowd} were back after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s");
    });

    [Fact]
    public Task T14_a_client_stops_reading() => RunAsync("T14 one does not read", async load =>
    {
        var pair = load.AddCrowd(2, home: 2);
        await FaultLoad.WhenWelcomeAsync(pair);
        var (sender, sleeper) = (pair[0], pair[1]);
        sleeper.StopReading();

        // What the system buffers for a socket differs, and a node adds 1 MiB: it goes on until the sleeper is thrown out.
        for (var number = 0; number < 700 && (await Cluster.System.SessionsAsync(sleeper.User)).Count > 0; number++)
        {
            await Eventually.IsAsync(() => sender.TrySend(sleeper.User, padding: 32 * 1024), "the sender gets rid of it");
        }

        // One whose inbox is being read when it falls asleep overflows nothing: it is found by its silence.
        await Cluster.System.WhenGoneAsync(sleeper.User);
        sleeper.ReadAgain();
    });

    [Fact]
    public Task T23_a_node_is_killed_with_500_users_present() => RunAsync("T23 killed with 500 present", async load =>
    {
        var crowd = load.AddCrowd(Present, home: 2);
        await FaultLoad.WhenWelcomeAsync(crowd, Patience);
        var dead = (await Cluster.System.InfoAsync(2)).Self;

        var begin = Stopwatch.GetTimestamp();
        await Cluster.KillAsync(2, async () =>
        {
            await Eventually.IsAsync(async () => !await Cluster.System.Redis.KeyExistsAsync(RedisKeys.Users(dead)), "no session of the dead node is left");
            output.WriteLine($"the last session was gone {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s after the kill");
            Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        });
    });

    /// <summary>A third says a boot that is gone, a third one that is to come, a third a node that is there and does not hold them.</summary>
    private async Task ForgeAsync(IReadOnlyList<FaultClient> crowd)
    {
        var living = (await Cluster.System.InfoAsync(2)).Self;
        NodeIncarnation[] lies = [living with { Number = living.Number - 1 }, living with { Number = living.Number + 1_000_000_000 }, living];
        await Task.WhenAll(crowd.Select((client, index) =>
        {
            var session = new Session(new UserId(client.User), new DeviceId("forged"), lies[index % lies.Length], ConnectionId.New(), Since: 0);
            return Cluster.System.Redis.HashSetAsync(RedisKeys.Sessions(session.User), SessionCodec.Field(session), SessionCodec.Value(session));
        }));
    }

    /// <summary>Of all nodes together, over a while.</summary>
    private async Task<TimeSpan> ProcessorTimeAsync(TimeSpan length)
    {
        var before = Used();
        await Task.Delay(length, TestContext.Current.CancellationToken);
        return Used() - before;

        TimeSpan Used()
        {
            var sum = TimeSpan.Zero;
            for (var node = 1; node <= FaultCluster.Nodes; node++)
            {
                using var process = Process.GetProcessById(Cluster.System.ProcessOf(FaultCluster.Name(node))!.Value);
                sum += process.TotalProcessorTime;
            }

            return sum;
        }
    }

    private Task<Verdict> RunAsync(string name, Func<FaultLoad, Task> fault) =>
        new FaultRun(Cluster, output).RunAsync(name, fault, new FaultLoad(Cluster, Seed) { Rate = 40 });
}
#endif
