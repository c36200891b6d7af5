// Users who are away, come back, and move.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class AwayTests
{
    [Fact]
    public async Task User_who_was_away_gets_everything_in_order_before_anything_newer()
    {
        const int Before = 300;
        const int During = 700;
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        for (var number = 0; number < Before; number++)
        {
            await alice.SendAsync("bob", $"{number}");
        }

        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") > 0, "something is stored for bob");
        var sending = Task.Run(
            async () =>
            {
                for (var number = Before; number < Before + During; number++)
                {
                    await alice.SendAsync("bob", $"{number}");
                }
            },
            TestContext.Current.CancellationToken);
        var bob = await cluster.ConnectAsync("bob", node: 1);

        Assert.Equal(Enumerable.Range(0, Before + During).Select(number => $"{number}"), await bob.NextBodiesAsync(Before + During));
        await sending;
        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") == 0, "everything stored is acknowledged");
    }

    [Fact]
    public async Task What_was_delivered_is_not_delivered_again_on_the_next_connect()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice");
        await alice.SendAsync("bob", "stored");
        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") == 1, "the message is stored");
        var first = await cluster.ConnectAsync("bob", node: 1);
        Assert.Equal("stored", (await first.NextMessageAsync()).Body);
        await first.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob is offline");

        var second = await cluster.ConnectAsync("bob", node: 0);
        await alice.SendAsync("bob", "new");
        Assert.Equal("new", (await second.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task User_who_moves_between_look_up_and_delivery_gets_the_message()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var old = await cluster.ConnectAsync("bob", node: 1);
        var lookUp = cluster[0].Store.HoldAnswers("LocateAsync");
        await alice.SendAsync("bob", "hi");
        await lookUp.WhenReachedAsync();

        await old.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob has left the second node");
        var moved = await cluster.ConnectAsync("bob", node: 2);
        lookUp.Release();

        Assert.Equal("hi", (await moved.NextMessageAsync()).Body);
        await alice.SendAsync("bob", "again");
        Assert.Equal("again", (await moved.NextMessageAsync()).Body);
        Assert.Empty(old.Arrived);
    }

    [Fact]
    public async Task Late_close_does_not_erase_what_was_opened_elsewhere_since()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var old = await cluster.ConnectAsync("bob", node: 0);
        var first = Assert.Single(cluster.Registry.Locate(new UserId("bob")));
        var moved = await cluster.ConnectAsync("bob", node: 1);

        await old.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Registry.Locate(new UserId("bob")).Contains(first), "the old session is closed");
        Assert.Equal(cluster[1].Incarnation, Assert.Single(cluster.Registry.Locate(new UserId("bob"))).Node);
        await alice.SendAsync("bob", "hi");
        Assert.Equal("hi", (await moved.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task One_of_two_connections_that_ends_does_not_make_others_forget_its_node()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var here = await cluster.ConnectAsync("bob", node: 0);
        var there = await cluster.ConnectAsync("bob", node: 1);
        var ending = await cluster.ConnectAsync("bob", node: 1);
        await ending.CloseAsync();
        await Eventually.IsAsync(() => cluster.Registry.Locate(new UserId("bob")).Count == 2, "the ended session is closed");
        await Eventually.IsAsync(() => !cluster[0].Table.Find(new UserId("bob"))!.Elsewhere.IsEmpty, "the first node knows that bob is on the second too");

        var alice = await cluster.ConnectAsync("alice", node: 0);
        await alice.SendAsync("bob", "hi");
        Assert.Equal("hi", (await here.NextMessageAsync()).Body);
        Assert.Equal("hi", (await there.NextMessageAsync()).Body);
        Assert.DoesNotContain(cluster[1].Bus.Notices, told => told.Notice is SocketNode.Bus.Notice.Closed);
    }
}
