// What a connection reads of a room's log when something comes in between.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Rooms;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomReplayTests
{
    private static readonly RoomId Team = new("team");

    [Fact]
    public async Task Connected_reader_is_told_what_the_log_has_trimmed_before_it_was_heard_of()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var bob = await cluster.GreetAsync("bob", device: "phone");
        await JoinAsync(bob, "team");
        await StoreAsync(cluster, 2000);

        var joined = await bob.NextAsync("joined");
        Assert.Equal(("trimmed", 2000L), (Text(joined, "reason"), Number(joined, "rseq")));
        var gap = joined.GetProperty("gap");
        Assert.Equal((1000L, Number(joined, "after"), "team"), (Number(gap, "to"), Number(gap, "to"), Text(gap, "room")));
        await bob.NextBodiesAsync(1000);
        var seen = bob.Arrived.Where(push => Text(push, "type") == "msg").Select(push => Number(push, "rseq")).ToList();
        Assert.Equal(Enumerable.Range((int)Number(gap, "to") + 1, 1000), seen.TakeLast(1000).Select(rseq => (int)rseq));
        Assert.Equal(Number(gap, "from") - 1, seen.Count - 1000);
    }

    [Fact]
    public async Task Replay_that_is_overtaken_by_a_join_says_nothing_more()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var bob = await AwayAsync(cluster, missed: 150);
        var hold = cluster[0].Store.HoldAnswers("ReadAsync");
        var again = await cluster.GreetAsync(bob, device: "phone");
        var epoch = Text(await again.NextAsync("joined"), "epoch");
        await hold.WhenReachedAsync();

        await again.SendFrameAsync($$$"""{"type":"join","room":"team","since":{"rseq":140,"epoch":"{{{epoch}}}"},"id":"j"}""");
        Assert.Equal(140, Number(await again.NextAsync("joined"), "after"));
        hold.Release();

        Assert.Equal(Enumerable.Range(141, 10).Select(number => $"{number}"), await again.NextBodiesAsync(10));
        await StoreAsync(cluster, 1);
        await again.NextBodiesAsync(1);
        Assert.Equal(11, again.Count("msg"));
    }

    [Fact]
    public async Task Place_does_not_pass_what_was_not_sent_when_ones_own_message_behind_it_is_acknowledged()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var bob = await AwayAsync(cluster, missed: 150);
        var hold = cluster[0].Store.HoldAnswers("ReadAsync");
        var again = await cluster.GreetAsync(bob, device: "phone");
        await hold.WhenReachedAsync();
        await SayAsync(again, "team", "own", id: "own");
        Assert.Equal(151, Number(await again.NextAsync("ack"), "rseq"));
        await again.SendFrameAsync("""{"type":"ack","room":"team","rseq":151}""");
        await again.SettleAsync();
        var connection = cluster[0].Table.Find(new UserId(bob))!.Connections.Single();
        again.Abort();
        await Eventually.IsAsync(() => connection.IsClosing, "the connection ends");
        hold.Release();
        await Eventually.IsAsync(() => !cluster.Knows(bob), "bob is gone");

        var third = await cluster.GreetAsync(bob, device: "phone");
        Assert.Equal(0, Number(await third.NextAsync("joined"), "after"));
        Assert.Equal(Enumerable.Range(1, 150).Select(number => $"{number}"), await third.NextBodiesAsync(150));
    }

    /// <summary>A member who has missed so many messages.</summary>
    private static async Task<string> AwayAsync(TestCluster cluster, int missed)
    {
        var bob = await cluster.GreetAsync("bob", device: "phone");
        await JoinAsync(bob, "team");
        await bob.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob is gone");
        await StoreAsync(cluster, missed);
        return "bob";
    }

    /// <summary>Stores messages of which no node is told.</summary>
    private static async Task StoreAsync(TestCluster cluster, int count)
    {
        foreach (var messages in RoomLogUnderTest.Messages(count).Chunk(RoomLimits.Batch))
        {
            await cluster.Rooms.Log.AppendAsync(Team, messages, default, CancellationToken.None);
        }
    }
}
