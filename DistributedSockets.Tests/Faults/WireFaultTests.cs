// Faults that clients and clocks bring: the same id many times, bytes that are no frames, no hello, clocks that differ.
#if !USE_ASPIRE
using System.Net.WebSockets;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

[Collection(FaultyCluster.Name)]
public sealed class WireFaultTests(FaultClusterFixture fixture, ITestOutputHelper output)
{
    private const int Seed = 20263;
    private const int Repeats = 100;

    private FaultCluster Cluster => fixture.Cluster;

    [Fact]
    public Task T16_the_same_id_comes_a_hundred_times_over_two_nodes_at_once() => RunAsync("T16 one id 100 times", async load =>
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var first = await GreetAsync(1, alice, "first");
        await using var second = await GreetAsync(2, alice, "second");
        await using var recipient = await GreetAsync(3, bob, "phone");
        var frame = JsonSerializer.Serialize(new { type = "msg", to = bob, id = "the-same", body = "once" });

        await Task.WhenAll(Enumerable.Range(0, Repeats).Select(async number => await (number % 2 == 0 ? first : second).SendFrameAsync(frame)));

        await Eventually.IsAsync(() => Objects(first, second).Count(answer => Is(answer, "ack")) == Repeats, $"{Repeats} acks");
        var acks = Objects(first, second).Where(answer => Is(answer, "ack")).ToList();
        Assert.Equal(Repeats - 1, acks.Count(ack => ack.TryGetProperty("dup", out var dup) && dup.GetBoolean()));
        Assert.Single(acks.Select(ack => ack.GetProperty("mid").GetString()).Distinct());

        // What is sent after it is shown after it: by then a second copy would have come.
        await first.SendFrameAsync(JsonSerializer.Serialize(new { type = "msg", to = bob, id = "another", body = "last" }));
        await Eventually.IsAsync(() => Bodies(recipient).Contains("last"), "the last message");
        Assert.Equal(["once", "last"], Bodies(recipient));
    });

    [Fact]
    public Task T20_what_is_no_frame_harms_nobody_else() => RunAsync("T20 frame fuzz", async load =>
    {
        await using var slow = await ConnectAsync(1, "slow");
        await using var strange = await ConnectAsync(1, "strange");
        await using var huge = await GreetAsync(2, RunningCluster.NewUser("huge"), "a");
        await using var broken = await GreetAsync(3, RunningCluster.NewUser("broken"), "a");
        var random = new Random(Seed);

        await strange.SendFrameAsync("""{"type":"msg","to":"bob","body":1}""");
        Assert.Equal(4004, await strange.WhenClosedAsync());
        await broken.SendFrameAsync([(byte)'"', 0xC3, 0x28, (byte)'"'], WebSocketMessageType.Text);
        Assert.Equal((int)WebSocketCloseStatus.InvalidPayloadData, await broken.WhenClosedAsync());
        for (var round = 0; round < 40; round++)
        {
            await using var fuzzer = await GreetAsync(1 + (round % FaultCluster.Nodes), RunningCluster.NewUser("fuzzer"), "a");
            for (var frame = 0; frame < 10; frame++)
            {
                await TrySendAsync(fuzzer, FuzzFrame(random), frame % 5 == 4 ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
            }
        }

        await TrySendAsync(huge, new byte[10 * 1024 * 1024], WebSocketMessageType.Text);
        Assert.Contains(await huge.WhenClosedAsync(), new List<int> { 4009, TestClient.NoCloseFrame });
        Assert.Equal(4008, await slow.WhenClosedAsync(TimeSpan.FromSeconds(15)));
    });

    [Fact]
    public async Task T17_clocks_are_minutes_apart()
    {
        await using var ahead = await NodeProcess.StartAsync(Cluster.System, "server-ahead", [.. Settings("00:05:00")]);
        await using var behind = await NodeProcess.StartAsync(Cluster.System, "server-behind", [.. Settings("-00:05:00")]);
        await ahead.WhenHealthyAsync();
        await behind.WhenHealthyAsync();
        var load = new FaultLoad(Cluster, Seed, [Cluster.System.Node(1), ahead.Uri, behind.Uri]);

        await new FaultRun(Cluster, output).RunAsync("T17 clocks 5 min apart", async _ => await Task.Delay(2 * FaultCluster.Lease, TestContext.Current.CancellationToken), load);
        Assert.Contains(load.Clients.SelectMany(client => client.Memory.Welcomes), welcome => welcome.Node == "server-ahead");

        static IEnumerable<(string, string)> Settings(string offset) => [("Cluster__Lease", FaultCluster.Lease.ToString()), ("Failpoints__ClockOffset", offset)];
    }

    private static byte[] FuzzFrame(Random random)
    {
        var frame = System.Text.Encoding.UTF8.GetBytes("""{"type":"msg","to":"nobody","id":"x1","body":{"a":[1,2,{"b":"c"}]}} {"type":"ack","seq":1}""");
        for (var change = random.Next(1, 8); change > 0; change--)
        {
            // ASCII: what is not UTF-8 has a case of its own.
            frame[random.Next(frame.Length)] = (byte)random.Next(0x20, 0x7F);
        }

        return frame;
    }

    /// <summary>The node may close while more is on its way.</summary>
    private static async Task TrySendAsync(TestClient client, byte[] frame, WebSocketMessageType type)
    {
        try
        {
            await client.SendFrameAsync(frame, type);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException)
        {
            // Closed: the case asks for the code where it matters.
        }
    }

    private static bool Is(JsonElement answer, string type) => answer.GetProperty("type").GetString() == type;

    private static List<JsonElement> Objects(params TestClient[] clients) =>
        [.. clients.SelectMany(client => client.Arrived).SelectMany(frame => frame.Split('\n')).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    private static List<string?> Bodies(TestClient client) =>
        [.. Objects(client).Where(answer => Is(answer, "msg")).Select(answer => answer.GetProperty("body").GetString())];

    private Task<TestClient> ConnectAsync(int node, string user) =>
        TestClient.ConnectAsync(Cluster.System.Node(node), user, configure: options => options.AddSubProtocol("ds.v1.json"));

    private async Task<TestClient> GreetAsync(int node, string user, string device)
    {
        var client = await ConnectAsync(node, user);
        await client.SendFrameAsync(JsonSerializer.Serialize(new { type = "hello", device }));
        Assert.Contains("\"welcome\"", await client.NextFrameAsync(), StringComparison.Ordinal);
        return client;
    }

    private Task<Verdict> RunAsync(string name, Func<FaultLoad, Task> fault) => new FaultRun(Cluster, output).RunAsync(name, fault, new FaultLoad(Cluster, Seed) { Rate = 60 });
}
#endif
