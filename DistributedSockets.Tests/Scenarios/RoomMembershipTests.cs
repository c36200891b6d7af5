// Rooms over two nodes: who is in them, and what members see of each other.
using System.Text.Json;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomMembershipTests
{
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
    public async Task What_one_command_of_a_frame_says_does_not_count_for_the_next()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        await JoinAsync(alice, "team");

        await alice.SendFrameAsync("""
            {"type":"members","room":"team","after":" nobody","id":"a"} {"to":"bob","body":1,"id":"m1"} {"type":"typing","to":" nobody","on":true} {"type":"msg","room":"team","body":1,"id":"m2"}
            """);

        Assert.Equal(("bad_recipient", "a"), Codes(await alice.NextAsync("error")));
        var second = await alice.NextAsync("error");
        Assert.Equal(("bad_recipient", false), (Text(second, "code"), second.TryGetProperty("id", out _)));
        string[] acknowledged = [Text(await alice.NextAsync("ack"), "id"), Text(await alice.NextAsync("ack"), "id")];
        Assert.Equal(["m1", "m2"], acknowledged.Order());
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
}
