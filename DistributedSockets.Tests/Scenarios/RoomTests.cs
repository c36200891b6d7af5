// Rooms over two nodes: who is in them, and what is sent to them.
using System.Text.Json;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomTests
{
    [Fact]
    public async Task Message_to_a_room_reaches_all_members_on_all_nodes_once_and_not_the_connection_that_sent_it()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("alice", node: 1, device: "tablet");
        var bob = await cluster.GreetAsync("bob", node: 0);
        var carol = await cluster.GreetAsync("carol", node: 1);
        var dave = await cluster.GreetAsync("dave", node: 1);
        await JoinAsync(alice, "team");
        await tablet.NextAsync("joined");
        await JoinAsync(bob, "team");
        await JoinAsync(carol, "team");

        await SayAsync(alice, "team", "hi all", id: "m1");
        var ack = await alice.NextAsync("ack");
        Assert.Equal(("m1", 1L, "stored"), (Text(ack, "id"), Number(ack, "rseq"), Text(ack, "state")));
        foreach (var member in (DsClient[])[bob, carol, tablet])
        {
            var message = await member.NextAsync("msg");
            Assert.Equal(("alice", "team", "hi all", "m1", 1L), (Text(message, "from"), Text(message, "room"), Text(message, "body"), Text(message, "id"), Number(message, "rseq")));
            Assert.Equal(Text(ack, "mid"), Text(message, "mid"));
            Assert.False(message.TryGetProperty("to", out _));
        }

        await SayAsync(carol, "team", "fast");
        foreach (var member in (DsClient[])[alice, bob, tablet])
        {
            var message = await member.NextAsync("msg");
            Assert.Equal(("carol", "fast"), (Text(message, "from"), Text(message, "body")));
            Assert.False(message.TryGetProperty("rseq", out _));
        }

        foreach (var (client, count) in ((DsClient, int)[])[(alice, 1), (bob, 2), (carol, 1), (tablet, 2), (dave, 0)])
        {
            await client.SettleAsync();
            Assert.Equal(count, client.Count("msg"));
        }
    }

    [Fact]
    public async Task One_broker_message_serves_all_members()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var alice = await cluster.GreetAsync("alice", node: 0);
        await JoinAsync(alice, "team");
        var members = new List<DsClient>();
        for (var number = 0; number < 12; number++)
        {
            var member = await cluster.GreetAsync($"member-{number}", node: number % 3);
            await JoinAsync(member, "team");
            members.Add(member);
        }

        await SayAsync(alice, "team", "hi", id: "m1");
        await Task.WhenAll(members.Select(member => member.NextAsync("msg")));

        Assert.Single(cluster[0].Bus.RoomPublishes);
        Assert.Empty(cluster[0].Bus.Publishes);
    }

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
        Assert.Equal(1, Number(again.Welcome, "rooms"));
        var joined = await again.NextAsync("joined");
        Assert.Equal(("team", 251L, 1L, 2L), (Text(joined, "room"), Number(joined, "rseq"), Number(joined, "after"), Number(joined, "count")));
        await SayAsync(alice, "team", "live", id: "live");
        Assert.Equal([.. Enumerable.Range(1, 250).Select(number => $"{number}"), "live"], await again.NextBodiesAsync(251));
    }

    [Fact]
    public async Task Same_id_is_stored_once_and_reused_id_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");

        await SayAsync(alice, "team", "one", id: "m1");
        await SayAsync(alice, "team", "one", id: "m1");
        await SayAsync(alice, "team", "two", id: "m1");
        await SayAsync(alice, "team", "three", id: "m2");

        var first = await alice.NextAsync("ack");
        var second = await alice.NextAsync("ack");
        Assert.Equal(Text(first, "mid"), Text(second, "mid"));
        Assert.True(second.GetProperty("dup").GetBoolean());
        var error = await alice.NextAsync("error");
        Assert.Equal(("id_reused", "m1"), (Text(error, "code"), Text(error, "id")));
        Assert.Equal(["one", "three"], await bob.NextBodiesAsync(2));
        await bob.SettleAsync();
        Assert.Equal(2, bob.Count("msg"));
    }

    [Fact]
    public async Task Whoever_is_not_a_member_is_refused_everything_but_join_and_leave()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        foreach (var frame in (string[])
            [
                """{"type":"msg","room":"r","body":1,"id":"x"}""", """{"type":"members","room":"r","id":"x"}""", """{"type":"ack","room":"r","rseq":0}""",
                """{"type":"read","room":"r","upto":0}""", """{"type":"typing","room":"r","on":true}""",
            ])
        {
            await alice.SendFrameAsync(frame);
            Assert.Equal("no_such_room", Text(await alice.NextAsync("error"), "code"));
        }

        await alice.SendFrameAsync("""{"type":"leave","room":"r","id":"l1"}""");
        Assert.Equal("l1", Text(await alice.NextAsync("left"), "id"));
        await alice.SendFrameAsync("""{"type":"join","room":"ds.all","id":"j1"}""");
        Assert.Equal(("forbidden", "j1"), Codes(await alice.NextAsync("error")));
        await alice.SendFrameAsync("""{"type":"join","room":" r","id":"j2"}""");
        Assert.Equal(("bad_recipient", "j2"), Codes(await alice.NextAsync("error")));
    }

    [Fact]
    public async Task Membership_changed_at_another_device_takes_effect_on_all_nodes()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("alice", node: 1, device: "tablet");
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(bob, "team");

        await JoinAsync(phone, "team");
        Assert.Equal(2, Number(await tablet.NextAsync("joined"), "count"));
        await SayAsync(bob, "team", "hi", id: "m1");
        Assert.Equal("hi", Text(await tablet.NextAsync("msg"), "body"));
        Assert.Equal("hi", Text(await phone.NextAsync("msg"), "body"));

        await tablet.SendFrameAsync("""{"type":"leave","room":"team","id":"l1"}""");
        Assert.Equal("l1", Text(await tablet.NextAsync("left"), "id"));
        Assert.Equal("team", Text(await phone.NextAsync("left"), "room"));
        await SayAsync(bob, "team", "gone?", id: "m2");
        await bob.NextAsync("ack");
        await phone.SettleAsync();
        await tablet.SettleAsync();
        Assert.Equal((1, 1), (phone.Count("msg"), tablet.Count("msg")));
        await bob.SendFrameAsync("""{"type":"members","room":"team","id":"q"}""");
        var members = await bob.NextAsync("members");
        Assert.Equal(["bob"], members.GetProperty("members").EnumerateArray().Select(name => name.GetString()));
        Assert.False(members.GetProperty("more").GetBoolean());
    }

    [Fact]
    public async Task Members_come_in_pages_in_the_order_in_which_they_joined()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        string[] names = ["zoe", "adam", "mia", "bob", "kim"];
        DsClient? last = null;
        foreach (var name in names)
        {
            last = await cluster.GreetAsync(name);
            await JoinAsync(last, "team");
        }

        await last!.SendFrameAsync("""{"type":"members","room":"team","limit":2,"id":"1"}""");
        var page = await last.NextAsync("members");
        Assert.Equal(5, Number(page, "count"));
        Assert.True(page.GetProperty("more").GetBoolean());
        await last.SendFrameAsync($$"""{"type":"members","room":"team","limit":3,"after":"{{Names(page)[^1]}}","id":"2"}""");
        var next = await last.NextAsync("members");
        Assert.False(next.GetProperty("more").GetBoolean());
        Assert.Equal(5, Names(page).Concat(Names(next)).Distinct().Count());

        static string[] Names(JsonElement page) => [.. page.GetProperty("members").EnumerateArray().Select(name => name.GetString()!)];
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
    public async Task Typing_and_read_marks_are_shown()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("alice", node: 1, device: "tablet");
        var here = await cluster.GreetAsync("bob", node: 0);
        var there = await cluster.GreetAsync("carol", node: 1);
        await JoinAsync(phone, "team");
        await tablet.NextAsync("joined");
        await JoinAsync(here, "team");
        await JoinAsync(there, "team");

        await phone.SendFrameAsync("""{"type":"typing","room":"team","on":true}""");
        Assert.Equal(("alice", "team"), From(await here.NextAsync("typing")));
        Assert.Equal(("alice", "team"), From(await there.NextAsync("typing")));
        await SayAsync(here, "team", "hi", id: "m1");
        await phone.NextAsync("msg");
        await phone.SendFrameAsync("""{"type":"read","room":"team","upto":1}""");
        var read = await tablet.NextAsync("read");
        Assert.Equal(("team", 1L), (Text(read, "room"), Number(read, "upto")));
        await tablet.SettleAsync();
        Assert.Equal(0, tablet.Count("typing"));

        static (string, string) From(JsonElement typing) => (Text(typing, "from"), Text(typing, "room"));
    }

    [Fact]
    public async Task What_the_broker_lost_is_read_from_the_log()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");

        // Confirmed and gone: only what follows shows that something is missing.
        cluster[0].Bus.DecideRoom = _ => PublishOutcome.Routed;
        await SayAsync(alice, "team", "lost", id: "m1");
        await alice.NextAsync("ack");
        cluster[0].Bus.DecideRoom = _ => null;
        await SayAsync(alice, "team", "next", id: "m2");
        Assert.Equal(["lost", "next"], await bob.NextBodiesAsync(2));

        // Not confirmed: the others are told how far the log reaches.
        cluster[0].Bus.DecideRoom = batch => batch.Entries.Count > 0 ? PublishOutcome.Unknown : null;
        await SayAsync(alice, "team", "unknown", id: "m3");
        Assert.Equal(["unknown"], await bob.NextBodiesAsync(1));
    }

    [Fact]
    public async Task Store_that_is_away_acknowledges_nothing_and_what_is_sent_again_arrives_once()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");

        cluster[0].Store.FailNext("AppendAsync");
        await SayAsync(alice, "team", "hi", id: "m1");
        var error = await alice.NextAsync("error");
        Assert.Equal(("unavailable", "m1"), Codes(error));
        Assert.True(error.GetProperty("temporary").GetBoolean() && Number(error, "retryMs") > 0);
        await SayAsync(alice, "team", "hi", id: "m1");
        await alice.NextAsync("ack");
        Assert.Equal(["hi"], await bob.NextBodiesAsync(1));
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
    public async Task Many_senders_on_two_nodes_are_seen_by_all_in_one_order()
    {
        const int Each = 60;
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var clients = new List<DsClient>();
        for (var number = 0; number < 6; number++)
        {
            clients.Add(await cluster.GreetAsync($"user-{number}", node: number % 2));
            await JoinAsync(clients[number], "team");
        }

        await Task.WhenAll(clients.Select(async (client, sender) =>
        {
            for (var number = 0; number < Each; number++)
            {
                await SayAsync(client, "team", $"{sender}-{number}", id: $"m{number}");
            }
        }));

        foreach (var client in clients)
        {
            await client.NextBodiesAsync((clients.Count - 1) * Each);
            var rseqs = client.Arrived.Where(push => Text(push, "type") == "msg").Select(push => Number(push, "rseq")).ToList();
            Assert.Equal(rseqs.Order(), rseqs);
            Assert.Equal(rseqs.Count, rseqs.Distinct().Count());
        }
    }

    [Fact]
    public async Task Token_says_which_rooms_and_a_new_one_takes_some_away()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        var rooms = new Dictionary<string, string> { ["team-*"] = "rw", ["news"] = "r" };
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, user: null);
        await alice.SendFrameAsync($$"""{"type":"hello","device":"d","token":"{{Tokens.Of("alice", ("ds.rooms", rooms))}}"}""");
        await alice.NextAsync("welcome");
        await JoinAsync(alice, "team-1");
        await JoinAsync(alice, "news");
        foreach (var frame in (string[])
            [
                """{"type":"join","room":"other","id":"x"}""", """{"type":"msg","room":"news","body":1,"id":"x"}""", """{"type":"edit","room":"news","mid":"m","body":1,"id":"x"}""",
                """{"type":"history","room":"other","id":"x"}""",
            ])
        {
            await alice.SendFrameAsync(frame);
            Assert.Equal(("forbidden", "x"), Codes(await alice.NextAsync("error")));
        }

        await SayAsync(alice, "team-1", "hi", id: "m1");
        await alice.NextAsync("ack");
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice", ("ds.rooms", new Dictionary<string, string> { ["news"] = "rw" }))}}"}""");
        Assert.Equal("team-1", Text(await alice.NextAsync("left"), "room"));
        await alice.NextAsync("auth");
        await SayAsync(alice, "news", "hi", id: "m2");
        await alice.NextAsync("ack");
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice", ("ds.rooms", rooms))}}"}""");
        Assert.Equal("team-1", Text(await alice.NextAsync("joined"), "room"));
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

    private static async Task<JsonElement> JoinAsync(DsClient client, string room)
    {
        await client.SendFrameAsync($$"""{"type":"join","room":"{{room}}","id":"join"}""");
        return await client.NextAsync("joined");
    }

    private static Task SayAsync(DsClient client, string room, string text, string? id = null) =>
        client.SendFrameAsync($$"""{"type":"msg","room":"{{room}}","body":"{{text}}"{{(id is null ? "" : $",\"id\":\"{id}\"")}}}""");

    private static (string, string) Codes(JsonElement error) => (Text(error, "code"), Text(error, "id"));

    private static string Text(JsonElement push, string field) => push.GetProperty(field).GetString()!;

    private static long Number(JsonElement push, string field) => push.GetProperty(field).GetInt64();
}
