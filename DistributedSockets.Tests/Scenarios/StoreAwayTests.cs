// Redis is away: nobody is thrown out, what can flow flows, and afterwards everything is as it was.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class StoreAwayTests
{
    private static readonly TimeSpan ShortLease = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task Nobody_is_thrown_out_while_redis_is_away_for_all_and_everything_is_made_up_afterwards()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, ShortLease);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 0);
        var leaving = await cluster.ConnectAsync("leaving", node: 0);
        var carol = await cluster.ConnectAsync("carol", node: 1);
        var here = await cluster.ConnectAsync("dave", node: 0);
        var there = await cluster.ConnectAsync("dave", node: 1);
        NodeIncarnation[] before = [cluster[0].Incarnation, cluster[1].Incarnation];

        await alice.SendAsync("bob", "before");
        Assert.Equal("before", (await bob.NextMessageAsync()).Body);
        Cut(cluster);
        await cluster[0].WhenAsync(NodePhase.CutOff);
        await cluster[1].WhenAsync(NodePhase.CutOff);
        await Eventually.IsAsync(
            async () => (await cluster.Registry.ReadNodesAsync(CancellationToken.None)).Living.Count == 0, "both leases have lapsed");
        await alice.SendAsync("bob", "local");
        Assert.Equal("local", (await bob.NextMessageAsync()).Body);
        using var refused = await UpgradeAttempt.SendAsync(cluster[0].Uri, "erin");
        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Equal("""{"error":"Redis does not answer; try again later"}""", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await leaving.CloseAsync();
        Assert.True(cluster.Knows("leaving"));

        cluster[0].Store.Restore();
        await cluster[0].WhenAsync(NodePhase.Serving);
        cluster[1].Store.Restore();
        await cluster[1].WhenAsync(NodePhase.Serving);

        Assert.Equal(before[0], cluster[0].Incarnation);
        Assert.Equal(before[1], cluster[1].Incarnation);
        await Eventually.IsAsync(() => !cluster.Knows("leaving"), "the close is made up");
        await alice.SendAsync("carol", "remote");
        Assert.Equal("remote", (await carol.NextMessageAsync()).Body);
        // A copy goes only to a node that counts as living; the first node reads that with its next heartbeat.
        await cluster[0].WhenSeesAsync(2);
        await Eventually.IsAsync(
            () => cluster[0].Table.Find(new UserId("dave"))!.Elsewhere.Contains(before[1]), "the first node knows that dave is on the second too");
        await alice.SendAsync("dave", "both");
        Assert.Equal("both", (await here.NextMessageAsync()).Body);
        Assert.Equal("both", (await there.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Sender_of_a_message_that_can_be_neither_delivered_nor_stored_is_closed()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 0);
        await alice.SendAsync("bob", "before");
        Assert.Equal("before", (await bob.NextMessageAsync()).Body);
        Cut(cluster);

        await alice.SendAsync("nobody", "hi");

        Assert.Equal(CloseReason.NotStored.PlainCode, await alice.WhenClosedAsync());
        await bob.SendAsync("bob", "still here");
        Assert.Equal("still here", (await bob.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Message_that_the_broker_lost_arrives_from_the_inbox()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 1);
        await Eventually.IsAsync(() => cluster[1].Table.Find(new UserId("bob")) is { IsLive: true }, "bob has read his inbox");
        cluster[0].Bus.Decide = _ => SocketNode.Bus.PublishOutcome.Unroutable;
        await alice.SendAsync("bob", "by the inbox");
        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") == 1, "the message is stored and its hint lost");

        // The node notices that its bus is not well, and looks for what it has missed.
        cluster[1].Bus.State = SocketNode.Bus.BusState.Disconnected;
        Assert.Equal("by the inbox", (await bob.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Device_that_a_redis_gone_back_in_time_knows_elsewhere_is_sent_to_connect_again_and_served()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, TimeSpan.FromSeconds(3));
        var (bob, phone) = (new UserId("bob"), new DeviceId("phone"));
        var alice = await cluster.ConnectAsync("alice", node: 1);
        var before = await cluster.GreetAsync("bob", node: 0, device: "phone");
        var kept = await cluster.GreetAsync("carol", node: 0, device: "phone");

        // What the store remembers: the device on the other node, where it has long gone.
        await cluster.Registry.OpenAsync(new Session(bob, phone, cluster[1].Incarnation, ConnectionId.New(), Since: 0), CancellationToken.None);
        cluster[0].Store.Cut();
        await cluster[0].WhenAsync(NodePhase.CutOff);
        cluster[0].Store.Restore();

        Assert.Equal(CloseReason.LeaseLost.Code, await before.WhenClosedAsync());
        await cluster[0].WhenAsync(NodePhase.Serving);
        var after = await cluster.GreetAsync("bob", node: 0, device: "phone");
        Assert.Equal(cluster[0].Incarnation, Assert.Single(cluster.Registry.Locate(bob)).Node);
        await alice.SendAsync("bob", "served");
        Assert.Equal(["served"], await after.NextBodiesAsync(1));
        await kept.SettleAsync();
    }

    private static void Cut(TestCluster cluster)
    {
        cluster[0].Store.Cut();
        cluster[1].Store.Cut();
    }
}
