// Who of a room's members is online, as others in it see it on the wire, over two nodes.
using System.Text.Json;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomPresenceTests
{
    [Fact]
    public async Task Watcher_is_shown_who_is_online_then_who_comes_and_goes()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await MemberAsync(cluster, "alice", node: 0);
        var bob = await MemberAsync(cluster, "bob", node: 1);
        var carol = await MemberAsync(cluster, "carol", node: 1);
        await LeaveNodeAsync(cluster, carol);

        await alice.SendFrameAsync("""{"type":"presence","op":"sub","room":"team","id":"p1"}""");
        var answer = await alice.NextAsync("presence");
        Assert.Equal(["alice", "bob"], Names(answer, "members"));
        Assert.Equal((3L, "p1"), (Number(answer, "count"), Text(answer, "id")));
        await bob.SendFrameAsync("""{"type":"presence","op":"get","room":"team"}""");
        Assert.Equal(["alice", "bob"], Names(await bob.NextAsync("presence"), "members"));

        var dave = await MemberAsync(cluster, "dave", node: 1);
        await NextAsync(alice, ["dave"], [], 4);
        await dave.SendFrameAsync("""{"type":"presence","op":"set","status":{"text":"lunch"}}""");
        var status = await alice.NextAsync("presence");
        Assert.Equal("lunch", Text(status.GetProperty("joined")[0].GetProperty("status"), "text"));
        await LeaveNodeAsync(cluster, bob);
        await NextAsync(alice, [], ["bob"], 4);
        await cluster.GreetAsync("carol", node: 1);
        await NextAsync(alice, ["carol"], [], 4);
        await dave.SendFrameAsync("""{"type":"leave","room":"team"}""");
        await NextAsync(alice, [], ["dave"], 3);
        Assert.Equal(1, bob.Count("presence"));
    }

    [Fact]
    public async Task Only_who_is_camethe_room_and_may_read_it_sees_its_members()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null);
        var rooms = new Dictionary<string, string> { ["team"] = "r", ["news"] = "r" };
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice", ("ds.rooms", rooms), ("ds.dm", false))}}"}""");
        await alice.NextAsync("welcome");
        await alice.SendFrameAsync("""{"type":"join","room":"team","id":"j"}""");
        await alice.NextAsync("joined");

        foreach (var (room, code) in ((string, string)[])[("news", "no_such_room"), ("other", "forbidden"), ("ds.all", "forbidden"), (" team", "bad_recipient")])
        {
            foreach (var op in (string[])["get", "sub"])
            {
                await alice.SendFrameAsync($$"""{"type":"presence","op":"{{op}}","room":"{{room}}","id":"p"}""");
                Assert.Equal((code, "p"), Codes(await alice.NextAsync("error")));
            }
        }

        await alice.SendFrameAsync("""{"type":"presence","op":"sub","room":"team","users":["bob"],"id":"p"}""");
        Assert.Equal(("bad_frame", "p"), Codes(await alice.NextAsync("error")));
        await alice.SendFrameAsync("""{"type":"presence","op":"sub","room":"team","id":"p"}""");
        Assert.Equal(["alice"], Names(await alice.NextAsync("presence"), "members"));
    }

    [Fact]
    public async Task Limits_are_named_and_a_room_that_outgrows_them_is_watched_no_more()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Limits:PresenceRooms=1", "Limits:PresenceRoomMembers=2");
        var alice = await MemberAsync(cluster, "alice", node: 0);
        await MemberAsync(cluster, "bob", node: 1);
        await SubscribeAsync(alice);
        await JoinAsync(alice, "other");
        await alice.SendFrameAsync("""{"type":"presence","op":"sub","room":"other","id":"p2"}""");
        var error = await alice.NextAsync("error");
        Assert.Equal(("limit_reached", "p2"), Codes(error));
        Assert.Equal("Limits:PresenceRooms", Text(error, "limit"));

        await MemberAsync(cluster, "carol", node: 1);
        Assert.Equal("""{"type":"presence","op":"unsub","room":"team"}""", (await alice.NextAsync("presence")).GetRawText());
        foreach (var op in (string[])["get", "sub"])
        {
            await alice.SendFrameAsync($$"""{"type":"presence","op":"{{op}}","room":"team","id":"p3"}""");
            error = await alice.NextAsync("error");
            Assert.Equal(("limit_reached", "p3", "Limits:PresenceRoomMembers"), (Text(error, "code"), Text(error, "id"), Text(error, "limit")));
        }

        await alice.SendFrameAsync("""{"type":"presence","op":"sub","room":"other","id":"p4"}""");
        Assert.Equal("p4", Text(await alice.NextAsync("presence"), "id"));
    }

    [Fact]
    public async Task Who_unsubscribes_or_leaves_the_room_is_shown_nothing_more()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await MemberAsync(cluster, "alice", node: 0);
        var erin = await MemberAsync(cluster, "erin", node: 0);
        var bob = await MemberAsync(cluster, "bob", node: 1);
        foreach (var watcher in (DsClient[])[alice, erin, bob])
        {
            await SubscribeAsync(watcher);
        }

        await alice.SendFrameAsync("""{"type":"presence","op":"unsub","room":"team","id":"u1"}""");
        Assert.Equal("""{"type":"presence","op":"unsub","id":"u1"}""", (await alice.NextAsync("presence")).GetRawText());
        await erin.SendFrameAsync("""{"type":"leave","room":"team"}""");
        await NextAsync(bob, [], ["erin"], 2);

        // The last one sees what the others would have seen.
        var carol = await MemberAsync(cluster, "carol", node: 1);
        await NextAsync(bob, ["carol"], [], 3);
        await alice.SettleAsync();
        await erin.SettleAsync();
        Assert.Equal((2, 1), (alice.Count("presence"), erin.Count("presence")));
        await LeaveNodeAsync(cluster, carol);
        await NextAsync(bob, [], ["carol"], 3);
    }

    [Fact]
    public async Task Change_of_members_that_got_lost_is_found()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await MemberAsync(cluster, "alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await SubscribeAsync(alice);

        // Not confirmed: it is told again.
        cluster[1].Bus.LosesNotices = true;
        await JoinAsync(bob, "team");
        cluster[1].Bus.LosesNotices = false;
        await NextAsync(alice, ["bob"], [], 2);

        // Never told, since its node has died: found by a look at the version, which there is every second while the bus is in trouble.
        await cluster.Rooms.Membership.LeaveAsync(new UserId("bob"), new RoomId("team"), CancellationToken.None);
        cluster[0].Bus.State = BusState.Disconnected;
        await NextAsync(alice, [], ["bob"], 1);
    }

    [Fact]
    public async Task Store_that_is_away_is_told_as_temporary_and_watching_asks_it_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await MemberAsync(cluster, "alice", node: 0);
        var bob = await MemberAsync(cluster, "bob", node: 1);
        foreach (var call in (string[])["ListAsync", "WatchAsync"])
        {
            cluster[0].Store.FailNext(call);
            await alice.SendFrameAsync("""{"type":"presence","op":"sub","room":"team","id":"p1"}""");
            Assert.Equal(("unavailable", "p1"), Codes(await alice.NextAsync("error")));
        }

        await SubscribeAsync(alice);
        await MemberAsync(cluster, "carol", node: 1);
        await NextAsync(alice, ["carol"], [], 3);

        // Behind that no change of members is on its way.
        var asked = Asked();
        await LeaveNodeAsync(cluster, bob);
        await NextAsync(alice, [], ["bob"], 3);
        Assert.Equal(asked, Asked());

        int Asked() => cluster[0].Store.Calls.Count(call => call is "ListAsync" or "ReadPresenceAsync");
    }

    private static async Task<DsClient> MemberAsync(TestCluster cluster, string user, int node)
    {
        var client = await cluster.GreetAsync(user, node);
        await JoinAsync(client, "team");
        return client;
    }

    private static async Task LeaveNodeAsync(TestCluster cluster, DsClient client)
    {
        await client.SendFrameAsync("""{"type":"bye"}""");
        await client.WhenClosedAsync();
        await Eventually.IsAsync(() => !cluster.Knows(client.User), $"{client.User} is gone");
    }

    private static async Task SubscribeAsync(DsClient client)
    {
        await client.SendFrameAsync("""{"type":"presence","op":"sub","room":"team"}""");
        Assert.True((await client.NextAsync("presence")).TryGetProperty("members", out _));
    }

    /// <summary>What has become of the members since what was shown before.</summary>
    private static async Task NextAsync(DsClient client, string[] joined, string[] left, long count)
    {
        var (came, gone, last) = (new List<string>(), new List<string>(), 0L);
        while (came.Count < joined.Length || gone.Count < left.Length || last != count)
        {
            // A change of the list and one of somebody's presence may come one after the other.
            var change = await client.NextAsync("presence");
            came.AddRange(Names(change, "joined"));
            gone.AddRange(change.GetProperty("left").EnumerateArray().Select(user => user.GetString()!));
            last = Number(change, "count");
        }

        Assert.Equal(joined, came);
        Assert.Equal(left, gone);
    }

    private static string[] Names(JsonElement push, string field) => [.. push.GetProperty(field).EnumerateArray().Select(member => Text(member, "user")).Order()];
}
