// Who is online over real nodes, Redis and RabbitMQ, also when a node is killed (T23).
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class PresenceTests(BreakableNodesFixture fixture, ITestOutputHelper output)
{
    private const int Users = 500;
    private const int Returning = 150;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Kill_of_a_node_is_one_offline_within_10_s_for_each_who_stays_away_and_nothing_for_who_is_back()
    {
        string[] users = [.. Enumerable.Range(1, Users).Select(_ => RunningCluster.NewUser("user"))];
        await using var near = await WatchAsync(node: 1, users);
        await using var far = await WatchAsync(node: 3, users);
        DsClient[] watchers = [near, far];
        var clients = await ConnectAsync(users, node: 2);
        await WhenSeenAsync(watchers, users, online: true);

        var before = await Cluster.InfoAsync(2);
        ProcessSignal.Kill(before.Pid);
        var killed = Stopwatch.StartNew();
        var (back, away) = (users[..Returning], users[Returning..]);
        var returned = await ConnectAsync(back, node: 3);
        Assert.InRange(killed.Elapsed, TimeSpan.Zero, RunningCluster.Lease);
        await WhenSeenAsync(watchers, away, online: false);
        output.WriteLine($"{away.Length} users were seen to be offline by two watchers {killed.Elapsed.TotalSeconds:0.0} s after the kill");
        Assert.InRange(killed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        // The reaper has told all that it had to tell before the node can have been forgotten, and whoever is seen now comes behind that.
        await WhenForgottenAsync(before);
        await Task.WhenAll(returned.Select(client => client.CloseAsync()));
        await WhenSeenAsync(watchers, back, online: false);
        foreach (var watcher in watchers)
        {
            var seen = Changes(watcher).GroupBy(change => change.User).ToDictionary(user => user.Key, user => user.Select(change => change.Online).ToList());
            Assert.All(users, user => Assert.Equal([false, true, false], seen[user]));
            Assert.All(Changes(watcher).GroupBy(change => change.User), user => Assert.Equal(user.Select(change => change.Version).Distinct().Order(), user.Select(change => change.Version)));
        }

        foreach (var client in clients.Concat(returned))
        {
            await client.DisposeAsync();
        }

        await WhenBackAsync(before);
    }

    [Fact]
    public async Task Move_to_another_node_is_not_seen_and_a_status_is()
    {
        var bob = RunningCluster.NewUser("bob");
        await using var alice = await WatchAsync(node: 1, [bob]);
        await using var first = await DsClient.ConnectAsync(Cluster.Node(2), bob, "phone");
        Assert.True((await alice.NextAsync("presence")).GetProperty("online").GetBoolean());

        await first.CloseAsync();
        await Cluster.WhenGoneAsync(bob);
        await using var second = await DsClient.ConnectAsync(Cluster.Node(3), bob, "phone");
        await second.SendFrameAsync("""{"type":"presence","op":"set","status":{"text":"мир 🚀"}}""");

        var shown = await alice.NextAsync("presence");
        Assert.Equal((true, "мир 🚀"), (shown.GetProperty("online").GetBoolean(), shown.GetProperty("status").GetProperty("text").GetString()));
        await second.SendFrameAsync("""{"type":"bye"}""");
        Assert.False((await alice.NextAsync("presence")).GetProperty("online").GetBoolean());
    }

    private async Task<DsClient> WatchAsync(int node, string[] users)
    {
        var watcher = await DsClient.ConnectAsync(Cluster.Node(node), RunningCluster.NewUser("watcher"));
        await watcher.SendFrameAsync($$"""{"type":"presence","op":"sub","users":{{JsonSerializer.Serialize(users)}},"id":"p1"}""");
        foreach (var user in users)
        {
            Assert.Equal(user, (await watcher.NextAsync("presence")).GetProperty("user").GetString());
        }

        return watcher;
    }

    private async Task<List<TestClient>> ConnectAsync(string[] users, int node)
    {
        var clients = new List<TestClient>();
        foreach (var batch in users.Chunk(50))
        {
            clients.AddRange(await Task.WhenAll(batch.Select(user => Cluster.ConnectAsync(user, node))));
        }

        return clients;
    }

    /// <summary>Completes when every watcher has been shown each of them like that last.</summary>
    private static Task WhenSeenAsync(DsClient[] watchers, string[] users, bool online)
    {
        var missing = 0;
        return Eventually.IsAsync(
            () =>
            {
                missing = watchers.Sum(watcher =>
                {
                    var last = Changes(watcher).GroupBy(change => change.User).ToDictionary(user => user.Key, user => user.Last().Online);
                    return users.Count(user => last[user] != online);
                });
                return missing == 0;
            },
            () => $"{missing} of {watchers.Length * users.Length} are still seen as {(online ? "offline" : "online")}",
            Patience);
    }

    private static IEnumerable<(string User, bool Online, long Version)> Changes(DsClient watcher) => watcher.Arrived
        .Where(push => push.GetProperty("type").GetString() == "presence")
        .Select(push => (push.GetProperty("user").GetString()!, push.GetProperty("online").GetBoolean(), push.GetProperty("v").GetInt64()));

    private Task WhenForgottenAsync(NodeFacts dead) => Eventually.IsAsync(
        async () => !await Cluster.Redis.SetContainsAsync(SocketNode.Redis.RedisKeys.Reaping, SocketNode.Redis.RedisKeys.Member(dead.Self))
            && !await Cluster.Redis.KeyExistsAsync(SocketNode.Redis.RedisKeys.Users(dead.Self)),
        $"{dead.Self} is reaped",
        Patience);

    private async Task WhenBackAsync(NodeFacts before)
    {
#if USE_ASPIRE
        await Cluster.CommandAsync("node-2", "start");
#endif
        await Eventually.IsAsync(
            async () => await Cluster.TryInfoAsync(2) is { } now && now.Incarnation > before.Incarnation, "node-2 has booted anew", TimeSpan.FromSeconds(60));
        await Cluster.WhenHealthAsync(2, HttpStatusCode.OK);
        await Cluster.WhenHealthyAsync();
    }
}
