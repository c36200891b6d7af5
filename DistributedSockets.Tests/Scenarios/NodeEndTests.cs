// Nodes that stop, are killed, and lose their lease.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class NodeEndTests
{
    private static readonly TimeSpan ShortLease = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task Node_that_stops_says_goodbye_and_leaves_nothing_behind()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 1);
        var carol = await cluster.ConnectAsync("carol", node: 1);

        await cluster[1].StopAsync();

        Assert.Equal(CloseReason.Drain.PlainCode, await bob.WhenClosedAsync());
        Assert.Equal(CloseReason.Drain.PlainCode, await carol.WhenClosedAsync());
        Assert.False(cluster.Knows("bob") || cluster.Knows("carol"));
        var nodes = await cluster.Registry.ReadNodesAsync(TestContext.Current.CancellationToken);
        Assert.Equal([cluster[0].Incarnation], nodes.Living.Keys);

        await alice.SendAsync("bob", "hi");
        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") == 1, "the message is in bob's inbox");
        var back = await cluster.ConnectAsync("bob", node: 0);
        Assert.Equal("hi", (await back.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Node_that_stops_among_others_sends_its_users_away_one_by_one_and_serves_them_until_then()
    {
        var window = TimeSpan.FromSeconds(3);
        await using var cluster = await TestCluster.StartAsync(nodes: 2, $"Cluster:DrainWindow={window}");
        await cluster[0].WhenSeesAsync(2);
        await cluster[1].WhenSeesAsync(2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var leavers = await Task.WhenAll(Enumerable.Range(1, 10).Select(number => cluster.ConnectAsync($"user-{number}", node: 1)));

        var since = TimeProvider.System.GetTimestamp();
        var stopping = cluster[1].StopAsync();
        var left = await Task.WhenAny(leavers.Select(client => client.WhenClosedAsync()));
        Assert.Equal(CloseReason.Drain.PlainCode, await left);
        Assert.False(stopping.IsCompleted);
        Assert.False(cluster[1].Status.Admits);
        await Eventually.IsAsync(
            async () => (await cluster.Registry.ReadNodesAsync(TestContext.Current.CancellationToken)).Living
                .OrderBy(node => node.Key.Node.Value, StringComparer.Ordinal).Select(node => node.Value!.Draining).SequenceEqual([false, true]),
            "the others are told that the second node drains");

        for (var number = 1; number <= leavers.Length; number++)
        {
            await alice.SendAsync($"user-{number}", "hi");
        }

        Assert.All(await Task.WhenAll(leavers.Select(client => client.WhenClosedAsync())), code => Assert.Equal(CloseReason.Drain.PlainCode, code));
        Assert.InRange(TimeProvider.System.GetElapsedTime(since), window / 2, window * 2);
        await stopping;

        // Whoever had left already finds the message in the inbox; the others got it before they went.
        Assert.InRange(leavers.Count(client => client.Arrived.Count == 1), 1, leavers.Length - 1);
        for (var number = 1; number <= leavers.Length; number++)
        {
            Assert.Equal(leavers[number - 1].Arrived.Count == 0 ? 1 : 0, await cluster.WaitingAsync($"user-{number}"));
        }
    }

    [Fact]
    public async Task Nodes_that_all_stop_do_not_wait_for_each_other()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3, $"Cluster:DrainWindow={TimeSpan.FromMinutes(5)}");
        for (var node = 0; node < 3; node++)
        {
            await cluster[node].WhenSeesAsync(3);
            for (var number = 1; number <= 10; number++)
            {
                await cluster.ConnectAsync($"user-{node}-{number}", node);
            }
        }

        // Each waits at most 20 s, which is far from the window.
        await Task.WhenAll(cluster[0].StopAsync(), cluster[1].StopAsync(), cluster[2].StopAsync());

        Assert.Empty((await cluster.Registry.ReadNodesAsync(TestContext.Current.CancellationToken)).Living);
    }

    [Fact]
    public async Task Users_of_a_killed_node_are_offline_after_its_lease_and_their_messages_wait()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3, ShortLease);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 1);
        var here = await cluster.ConnectAsync("carol", node: 0);
        var there = await cluster.ConnectAsync("carol", node: 1);

        await cluster[1].KillAsync();
        Assert.Equal(TestClient.NoCloseFrame, await bob.WhenClosedAsync());
        Assert.Equal(TestClient.NoCloseFrame, await there.WhenClosedAsync());
        Assert.True(cluster.Knows("bob"));

        // The registry still names the dead node: the message comes back and goes where it is safe.
        await alice.SendAsync("bob", "at once");
        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") == 1, "the message is in bob's inbox");
        await alice.SendAsync("carol", "hi");
        Assert.Equal("hi", (await here.NextMessageAsync()).Body);

        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob is offline");
        await Eventually.IsAsync(() => cluster[0].Table.Find(new UserId("carol"))!.Elsewhere.IsEmpty, "nobody thinks of the dead node");
        await alice.SendAsync("bob", "later");
        var back = await cluster.ConnectAsync("bob", node: 2);
        Assert.Equal(["at once", "later"], await back.NextBodiesAsync(2));
    }

    [Fact]
    public async Task Node_whose_lease_was_reaped_sends_its_users_away_and_comes_back_as_a_new_incarnation()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, ShortLease);
        var bob = await cluster.ConnectAsync("bob", node: 1);
        var before = cluster[1].Incarnation;
        cluster[1].Store.Cut();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "the other node has closed bob's session");

        cluster[1].Store.Restore();

        Assert.Equal(CloseReason.LeaseLost.PlainCode, await bob.WhenClosedAsync());
        await Eventually.IsAsync(() => cluster[1].Incarnation != before && cluster[1].Status.Phase == NodePhase.Serving, "the node serves anew");
        Assert.True(cluster[1].Incarnation.Number > before.Number);
        var back = await cluster.ConnectAsync("bob", node: 1);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        await alice.SendAsync("bob", "hi");
        Assert.Equal("hi", (await back.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Killed_node_comes_back_when_its_lease_has_lapsed()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, ShortLease);
        var before = cluster[1].Incarnation;
        await cluster[1].KillAsync();

        var again = await cluster.AddNodeAsync("server-2");

        Assert.True(again.Incarnation.Number > before.Number);
        var bob = await cluster.ConnectAsync("bob", node: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        await alice.SendAsync("bob", "hi");
        Assert.Equal("hi", (await bob.NextMessageAsync()).Body);
    }
}
