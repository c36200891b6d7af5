// Users who have several devices, go away, come back and move about.
using System.Globalization;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class AwayTests(ClusterFixture fixture, ITestOutputHelper output)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Two_devices_on_two_nodes_get_each_message_once()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var phone = await Cluster.ConnectAsync(bob, node: 1);
        await using var laptop = await Cluster.ConnectAsync(bob, node: 2);
        string[] bodies = [.. Enumerable.Range(1, 60).Select(number => number.ToString(CultureInfo.InvariantCulture))];

        // From a node that holds neither device, then from each that holds one.
        for (var node = 3; node >= 1; node--)
        {
            await using var sender = await Cluster.ConnectAsync(alice, node);
            var sent = bodies.Skip((3 - node) * 20).Take(20).ToArray();
            foreach (var body in sent)
            {
                await sender.SendAsync(bob, body);
            }

            Assert.Equal(sent, await phone.NextBodiesAsync(sent.Length));
            Assert.Equal(sent, await laptop.NextBodiesAsync(sent.Length));
        }

        Assert.Equal(bodies.Length, phone.Arrived.Count);
        Assert.Equal(bodies.Length, laptop.Arrived.Count);
    }

    [Fact]
    public async Task What_came_while_away_arrives_in_order_and_before_anything_newer()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        string[] missed = [.. Enumerable.Range(1, 100).Select(number => $"missed {number}")];
        foreach (var body in missed)
        {
            await sender.SendAsync(bob, body);
        }

        await Cluster.WhenStoredAsync(bob, missed.Length);
        await using (var back = await Cluster.ConnectAsync(bob, node: 2))
        {
            await sender.SendAsync(bob, "newer");
            Assert.Equal([.. missed, "newer"], await back.NextBodiesAsync(missed.Length + 1));
            await back.CloseAsync();
        }

        await Cluster.WhenGoneAsync(bob);
        await using var again = await Cluster.ConnectAsync(bob, node: 3);
        await sender.SendAsync(bob, "newest");
        Assert.Equal("newest", (await again.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task A_user_who_moves_from_node_to_node_amid_a_stream_gets_all_of_it_once()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        using var settled = new CancellationTokenSource();
        var streaming = StreamAsync(sender, bob, settled.Token);

        // Each time: in, some of the stream, out, and at once in somewhere else.
        var bodies = new List<string>();
        for (var move = 0; move < 9; move++)
        {
            await using var visit = await Cluster.ConnectAsync(bob, node: (move % 3) + 1);
            await visit.NextBodiesAsync(20);
            await visit.CloseAsync();
            bodies.AddRange(visit.Arrived.Select(BodyOf));
        }

        await settled.CancelAsync();
        var sent = await streaming;
        await using var last = await Cluster.ConnectAsync(bob, node: 1);
        await Eventually.IsAsync(
            () => bodies.Concat(last.Arrived.Select(BodyOf)).Distinct().Count() == sent,
            $"all of {sent} messages; {bodies.Count} came while moving, {bodies.Concat(last.Arrived.Select(BodyOf)).Distinct().Count()} different ones in all");
        bodies.AddRange(last.Arrived.Select(BodyOf));

        var inOrder = bodies.Zip(bodies.Skip(1)).Count(pair => Number(pair.First) > Number(pair.Second));
        output.WriteLine($"{sent} messages, {bodies.Count} arrived, {inOrder} times a later one before an earlier one");
        Assert.Equal(sent, bodies.Count);
    }

    private static async Task<int> StreamAsync(TestClient sender, string to, CancellationToken settled)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        var sent = 0;
        while (!settled.IsCancellationRequested)
        {
            await sender.SendAsync(to, (++sent).ToString(CultureInfo.InvariantCulture));
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return sent;
    }

    private static string BodyOf(string frame) => PlainMessages.Body(frame);

    private static int Number(string body) => int.Parse(body, CultureInfo.InvariantCulture);
}
