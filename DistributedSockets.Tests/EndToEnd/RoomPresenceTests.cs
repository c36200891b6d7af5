// Who of a room's members is online over real nodes, Redis and RabbitMQ, also when a node is killed.
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class RoomPresenceTests(BreakableNodesFixture fixture, ITestOutputHelper output)
{
    private const int Members = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Kill_of_a_node_is_one_offline_for_each_member_on_it_to_every_watcher_of_the_room()
    {
        var room = RunningCluster.NewUser("team");
        await using var near = await JoinAsync(RunningCluster.NewUser("near"), room, node: 1);
        await using var far = await JoinAsync(RunningCluster.NewUser("far"), room, node: 3);
        DsClient[] watchers = [near, far];
        foreach (var watcher in watchers)
        {
            await watcher.SendFrameAsync($$"""{"type":"presence","op":"sub","room":"{{room}}"}""");
            Assert.Equal(2, (await watcher.NextAsync("presence")).GetProperty("count").GetInt32());
        }

        string[] users = [.. Enumerable.Range(1, Members).Select(_ => RunningCluster.NewUser("user"))];
        var members = await Task.WhenAll(users.Select(user => JoinAsync(user, room, node: 2)));
        await WhenAsync(watchers, "joined", users);
        Assert.All(watchers, watcher => Assert.Equal(Members + 2, Changes(watcher).Last().GetProperty("count").GetInt32()));

        ProcessSignal.Kill((await Cluster.InfoAsync(2)).Pid);
        var killed = Stopwatch.StartNew();
        await WhenAsync(watchers, "left", users);
        output.WriteLine($"{Members} members were seen to be offline by two watchers {killed.Elapsed.TotalSeconds:0.0} s after the kill");
        Assert.InRange(killed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(12));

        // They come back elsewhere, so what follows would show a second offline of any of them.
        var returned = await Task.WhenAll(users.Select(user => DsClient.ConnectAsync(Cluster.Node(3), user)));
        await Eventually.IsAsync(() => watchers.All(watcher => Named(watcher, "joined").Count == 2 * Members), "all are seen to be back", Patience);
        foreach (var watcher in watchers)
        {
            Assert.Equal(users.Order(), Named(watcher, "left").Order());
        }

        foreach (var client in members.Concat(returned))
        {
            await client.DisposeAsync();
        }

        await Cluster.WhenHealthAsync(2, HttpStatusCode.OK);
        await Cluster.WhenHealthyAsync();
    }

    private async Task<DsClient> JoinAsync(string user, string room, int node)
    {
        var client = await DsClient.ConnectAsync(Cluster.Node(node), user);
        await RoomTalk.JoinAsync(client, room);
        return client;
    }

    private static Task WhenAsync(DsClient[] watchers, string field, string[] users) => Eventually.IsAsync(
        () => watchers.All(watcher => users.All(Named(watcher, field).ToHashSet().Contains)),
        () => string.Join(", ", watchers.Select(watcher => $"{watcher.User} has seen {Named(watcher, field).Count} {field}")),
        Patience);

    private static List<string> Named(DsClient watcher, string field) =>
        [.. Changes(watcher).SelectMany(change => change.GetProperty(field).EnumerateArray()).Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : one.GetProperty("user").GetString()!)];

    private static IEnumerable<JsonElement> Changes(DsClient watcher) =>
        watcher.Arrived.Where(push => push.GetProperty("type").GetString() == "presence" && push.TryGetProperty("joined", out _));
}
