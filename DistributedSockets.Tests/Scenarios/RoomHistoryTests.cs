// Rooms over two nodes: what their logs have for those who come later.
using System.Text.Json;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomHistoryTests
{
    [Fact]
    public async Task Whoever_was_away_is_back_in_their_rooms_on_any_node_and_gets_what_they_have_missed_in_order()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 0, device: "phone");
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");
        await SayAsync(alice, "team", "0", id: "m0");
        Assert.Equal("0", Text(await bob.NextAsync("msg"), "body"));
        await bob.SendFrameAsync("""{"type":"ack","room":"team","rseq":1}""");
        await bob.SettleAsync();
        await bob.CloseAsync();
        for (var number = 1; number <= 250; number++)
        {
            await SayAsync(alice, "team", $"{number}", id: $"m{number}");
        }

        for (var number = 0; number <= 250; number++)
        {
            await alice.NextAsync("ack");
        }

        var again = await cluster.GreetAsync("bob", node: 1, device: "phone");
        Assert.Equal(2, Number(again.Welcome, "rooms"));
        var joined = await again.NextAsync("joined");
        Assert.Equal(("team", 251L, 1L, 2L), (Text(joined, "room"), Number(joined, "rseq"), Number(joined, "after"), Number(joined, "count")));
        await SayAsync(alice, "team", "live", id: "live");
        Assert.Equal([.. Enumerable.Range(1, 250).Select(number => $"{number}"), "live"], await again.NextBodiesAsync(251));
    }

    [Fact]
    public async Task Join_since_a_place_reads_the_log_from_there()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var epoch = Text(await JoinAsync(alice, "team"), "epoch");
        for (var number = 1; number <= 5; number++)
        {
            await SayAsync(alice, "team", $"{number}", id: $"m{number}");
            await alice.NextAsync("ack");
        }

        var bob = await cluster.GreetAsync("bob", node: 1);
        await bob.SendFrameAsync($$$"""{"type":"join","room":"team","since":{"rseq":2,"epoch":"{{{epoch}}}"},"id":"j"}""");
        Assert.Equal(2, Number(await bob.NextAsync("joined"), "after"));
        Assert.Equal(["3", "4", "5"], await bob.NextBodiesAsync(3));
        await bob.SendFrameAsync("""{"type":"ack","room":"team","rseq":6}""");
        Assert.Equal("bad_frame", Text(await bob.NextAsync("error"), "code"));
    }

    [Fact]
    public async Task Log_in_another_life_begins_again_for_who_is_in_the_room()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        var before = Text(await JoinAsync(alice, "team"), "epoch");
        await JoinAsync(bob, "team");
        await SayAsync(alice, "team", "before", id: "m1");
        Assert.Equal(["before"], await bob.NextBodiesAsync(1));

        // As if it had gone back in time: the numbers mean something else from here on.
        await cluster.Rooms.Log.With(new RoomId("team"), log => log.CheckAgainst(log.End with { Rseq = long.MaxValue }));
        await SayAsync(alice, "team", "after", id: "m2");

        var joined = await bob.NextAsync("joined");
        Assert.Equal("epoch", Text(joined, "reason"));
        Assert.NotEqual(before, Text(joined, "epoch"));
        Assert.Equal(["before", "after"], await bob.NextBodiesAsync(2));
    }

    [Fact]
    public async Task Message_is_edited_and_deleted_by_its_sender_only_and_history_shows_what_it_says_now()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");
        await SayAsync(alice, "team", "one", id: "m1");
        await SayAsync(alice, "team", "two", id: "m2");
        var (one, two) = (Text(await alice.NextAsync("ack"), "mid"), Text(await alice.NextAsync("ack"), "mid"));
        await bob.NextBodiesAsync(2);

        await alice.SendFrameAsync($$"""{"type":"edit","room":"team","mid":"{{one}}","body":"ONE","ct":"text/loud","id":"e1"}""");
        await alice.SendFrameAsync($$"""{"type":"delete","room":"team","mid":"{{two}}","id":"d1"}""");
        var edit = await bob.NextAsync("edit");
        Assert.Equal((one, "ONE", "e1", 3L, "text/loud"), (Text(edit, "of"), Text(edit, "body"), Text(edit, "id"), Number(edit, "rseq"), Text(edit, "ct")));
        var deletion = await bob.NextAsync("delete");
        Assert.Equal((two, "d1", 4L), (Text(deletion, "of"), Text(deletion, "id"), Number(deletion, "rseq")));
        Assert.Equal((3L, 4L), (Number(await alice.NextAsync("ack"), "rseq"), Number(await alice.NextAsync("ack"), "rseq")));

        await bob.SendFrameAsync($$"""{"type":"edit","room":"team","mid":"{{one}}","body":"mine","id":"x"}""");
        Assert.Equal(("forbidden", "x"), Codes(await bob.NextAsync("error")));
        await alice.SendFrameAsync($$"""{"type":"edit","room":"team","mid":"{{two}}","body":"back","id":"y"}""");
        Assert.Equal(("no_such_message", "y"), Codes(await alice.NextAsync("error")));

        await bob.SendFrameAsync("""{"type":"history","room":"team","id":"h"}""");
        var history = await bob.NextAsync("history");
        Assert.Equal((1L, 4L, false), (Number(history, "first"), Number(history, "last"), history.GetProperty("more").GetBoolean()));
        var messages = history.GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal((one, "ONE", 1L), (Text(messages[0], "mid"), Text(messages[0], "body"), Number(messages[0], "rseq")));
        Assert.True(Number(messages[0], "edited") > 0 && Number(messages[1], "deleted") > 0);
        Assert.False(messages[1].TryGetProperty("body", out _));
    }

    [Fact]
    public async Task History_is_paged_both_ways()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        await JoinAsync(alice, "team");
        Assert.Equal((0L, 0L, 0), Shape(await AskAsync("")));
        for (var number = 1; number <= 12; number++)
        {
            await SayAsync(alice, "team", $"{number}", id: $"m{number}");
            await alice.NextAsync("ack");
        }

        Assert.Equal(("8 9 10 11 12", true), Page(await AskAsync(",\"limit\":5")));
        Assert.Equal(("3 4 5 6 7", true), Page(await AskAsync(",\"limit\":5,\"before\":8")));
        Assert.Equal(("1 2", false), Page(await AskAsync(",\"limit\":5,\"before\":3")));
        Assert.Equal(("1 2 3", true), Page(await AskAsync(",\"limit\":3,\"after\":0")));
        Assert.Equal(("11 12", false), Page(await AskAsync(",\"limit\":3,\"after\":10")));

        async Task<JsonElement> AskAsync(string range)
        {
            await alice.SendFrameAsync($$"""{"type":"history","room":"team"{{range}},"id":"h"}""");
            return await alice.NextAsync("history");
        }

        static (long, long, int) Shape(JsonElement history) => (Number(history, "first"), Number(history, "last"), history.GetProperty("messages").GetArrayLength());

        static (string, bool) Page(JsonElement history) =>
            (string.Join(' ', history.GetProperty("messages").EnumerateArray().Select(message => Text(message, "body"))), history.GetProperty("more").GetBoolean());
    }
}
