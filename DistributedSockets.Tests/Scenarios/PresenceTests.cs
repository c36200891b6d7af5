// Who is online, as others see it on the wire: asked for, watched, over two nodes.
using System.Text.Json;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class PresenceTests
{
    [Fact]
    public async Task Watcher_on_another_node_sees_a_user_come_and_go_with_rising_versions()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var alice = await cluster.GreetAsync("alice", node: 0);

        await alice.SendFrameAsync("""{"type":"presence","op":"sub","users":["bob"],"id":"p1"}""");
        Assert.Equal("""{"type":"presence","user":"bob","online":false,"v":0,"id":"p1"}""", (await alice.NextAsync("presence")).GetRawText());

        await using var bob = await cluster.GreetAsync("bob", node: 1);
        var online = await alice.NextAsync("presence");
        Assert.Equal(["type", "user", "online", "since", "v"], Names(online));
        Assert.True(online.GetProperty("online").GetBoolean());

        await bob.SendFrameAsync("""{"type":"bye"}""");
        var offline = await alice.NextAsync("presence");
        Assert.False(offline.GetProperty("online").GetBoolean());
        Assert.InRange(offline.GetProperty("v").GetInt64(), online.GetProperty("v").GetInt64() + 1, long.MaxValue);
        Assert.InRange(offline.GetProperty("since").GetInt64(), online.GetProperty("since").GetInt64(), long.MaxValue);
    }

    [Fact]
    public async Task Plain_connections_count_and_who_is_back_in_time_was_not_away()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await SubscribeAsync(alice, "bob");

        var first = await cluster.ConnectAsync("bob", node: 1);
        Assert.True((await alice.NextAsync("presence")).GetProperty("online").GetBoolean());
        await first.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob's session is closed");
        var second = await cluster.ConnectAsync("bob", node: 0);
        await second.CloseAsync();

        // The grace counts from the second end, so what comes next tells that nothing came in between.
        var offline = await alice.NextAsync("presence");
        Assert.False(offline.GetProperty("online").GetBoolean());
        Assert.Equal(3, alice.Count("presence"));
    }

    [Fact]
    public async Task Orderly_end_shows_when_the_grace_is_over_and_on_every_node()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var one = await cluster.GreetAsync("alice", node: 0);
        await using var other = await cluster.GreetAsync("carol", node: 1);
        await using var bob = await cluster.GreetAsync("bob", node: 1);
        await SubscribeAsync(one, "bob");
        await SubscribeAsync(other, "bob");

        var closed = TimeProvider.System.GetTimestamp();
        await bob.CloseAsync();

        Assert.False((await one.NextAsync("presence")).GetProperty("online").GetBoolean());
        Assert.False((await other.NextAsync("presence")).GetProperty("online").GetBoolean());
        Assert.InRange(TimeProvider.System.GetElapsedTime(closed), PresenceRules.Grace * 0.9, PresenceRules.Grace + TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Get_answers_each_in_their_order_and_once()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await cluster.GreetAsync("alice");
        await using var bob = await cluster.GreetAsync("bob");

        await alice.SendFrameAsync("""{"type":"presence","op":"get","users":["nobody","bob"],"id":"p1"}""");
        var (nobody, online) = (await alice.NextAsync("presence"), await alice.NextAsync("presence"));
        await bob.SendFrameAsync("""{"type":"bye"}""");
        await bob.WhenClosedAsync();
        await alice.SendFrameAsync("""{"type":"presence","op":"get","users":["bob"]}""");
        var offline = await alice.NextAsync("presence");

        Assert.Equal(("nobody", "bob", "bob"), (User(nobody), User(online), User(offline)));
        Assert.Equal(("p1", "p1"), (nobody.GetProperty("id").GetString(), online.GetProperty("id").GetString()));
        Assert.True(online.GetProperty("online").GetBoolean());
        Assert.False(offline.TryGetProperty("id", out _));
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob has left");
        await alice.SettleAsync();
        Assert.Equal(3, alice.Count("presence"));
    }

    [Fact]
    public async Task One_is_shown_the_devices_of_oneself_and_of_nobody_else()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var phone = await cluster.GreetAsync("alice", node: 0, device: "phone");
        await using var laptop = await cluster.GreetAsync("alice", node: 1, device: "laptop");
        await using var plain = await cluster.ConnectAsync("alice", node: 1);
        await using var bob = await cluster.GreetAsync("bob", node: 1, device: "tablet");
        await laptop.SendFrameAsync("""{"type":"bye"}""");
        await laptop.WhenClosedAsync();
        await Eventually.IsAsync(() => cluster.Registry.Locate(new UserId("alice")).Count == 2, "the laptop has left");

        await phone.SendFrameAsync("""{"type":"presence","op":"sub","users":["alice","bob"],"id":"p1"}""");
        var (self, other) = (await phone.NextAsync("presence"), await phone.NextAsync("presence"));

        var devices = self.GetProperty("devices").EnumerateArray().ToList();
        Assert.Equal([("phone", true), ("plain", true), ("laptop", false)], devices.Select(device => (
            device.TryGetProperty("plain", out var isPlain) && isPlain.GetBoolean() ? "plain" : device.GetProperty("device").GetString()!, device.GetProperty("online").GetBoolean())));
        Assert.All(devices, device => Assert.NotEqual(0, device.GetProperty("since").GetInt64()));
        Assert.False(other.TryGetProperty("devices", out _));
    }

    [Fact]
    public async Task Status_is_shown_to_watchers_stays_while_the_user_is_away_and_ends_with_null()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await using var bob = await cluster.GreetAsync("bob", node: 1);
        await SubscribeAsync(alice, "bob");

        await bob.SendFrameAsync("{\"type\":\"presence\",\"op\":\"set\",\"status\":{\"text\":\n\"lunch\"},\"id\":\"s1\"}");
        var (answer, shown) = (await bob.NextAsync("presence"), await alice.NextAsync("presence"));
        Assert.Equal(("bob", "lunch", "s1"), (User(answer), answer.GetProperty("status").GetProperty("text").GetString(), answer.GetProperty("id").GetString()));
        Assert.Equal(("lunch", answer.GetProperty("v").GetInt64()), (shown.GetProperty("status").GetProperty("text").GetString(), shown.GetProperty("v").GetInt64()));

        await bob.SendFrameAsync("""{"type":"bye"}""");
        Assert.Equal("lunch", (await alice.NextAsync("presence")).GetProperty("status").GetProperty("text").GetString());
        await using var again = await cluster.GreetAsync("bob", node: 0);
        await again.SendFrameAsync("""{"type":"presence","op":"set","status":null}""");
        Assert.False((await again.NextAsync("presence")).TryGetProperty("status", out _));
        var last = await alice.NextAsync("presence");
        Assert.True(last.GetProperty("online").GetBoolean());
    }

    [Fact]
    public async Task Who_unsubscribes_or_ends_is_shown_nothing_more_and_the_store_forgets_the_node()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await SubscribeAsync(alice, "bob", "carol");
        await alice.SendFrameAsync("""{"type":"presence","op":"unsub","users":["bob"],"id":"u1"}""");
        Assert.Equal("""{"type":"presence","op":"unsub","id":"u1"}""", (await alice.NextAsync("presence")).GetRawText());

        await Eventually.IsAsync(async () => (await WatchersAsync(cluster, "bob")).Count == 0, "nobody watches bob");
        Assert.Equal([cluster[0].Incarnation], await WatchersAsync(cluster, "carol"));
        await using var bob = await cluster.GreetAsync("bob", node: 1);
        await using var carol = await cluster.GreetAsync("carol", node: 1);
        Assert.Equal("carol", User(await alice.NextAsync("presence")));

        await alice.CloseAsync();
        await Eventually.IsAsync(async () => (await WatchersAsync(cluster, "carol")).Count == 0, "nobody watches carol");
    }

    [Fact]
    public async Task A_thousand_are_watched_in_one_command_and_no_more_by_one_connection()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        string[] users = [.. Enumerable.Range(0, 1000).Select(number => $"user-{number}")];

        await SubscribeAsync(alice, users);
        Assert.Equal(users, alice.Arrived.Where(push => push.GetProperty("type").GetString() == "presence").Select(User));
        await alice.SendFrameAsync("""{"type":"presence","op":"sub","users":["one-more"],"id":"p2"}""");
        var error = await alice.NextAsync("error");
        Assert.Equal(("limit_reached", "p2", false), (error.GetProperty("code").GetString(), error.GetProperty("id").GetString(), error.GetProperty("temporary").GetBoolean()));
        Assert.Equal("Limits:PresenceUsers", error.GetProperty("limit").GetString());
        await SubscribeAsync(alice, "user-7");

        // A node that has just started reads once more all that is watched: at the first look for changes that it may have missed, so the third comes after it.
        var looks = cluster[0].Store.Count("TakeUnseenAsync");
        await Eventually.IsAsync(() => cluster[0].Store.Count("TakeUnseenAsync") >= looks + 2, "what the beginning has asked for is over");
        var asked = Asked();
        await using var one = await cluster.GreetAsync("user-999", node: 1);
        Assert.Equal("user-999", User(await alice.NextAsync("presence")));
        Assert.Equal(asked, Asked());

        int Asked() => cluster[0].Store.LookUps(new UserId("user-999")) + cluster[0].Store.Calls.Count(call => call is "WatchAsync" or "ReadPresenceAsync");
    }

    [Fact]
    public async Task Change_that_the_bus_has_lost_is_fetched()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await cluster[1].WhenSeesAsync(2);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await SubscribeAsync(alice, "bob");

        cluster[1].Bus.LosesNotices = true;
        await using var bob = await cluster.GreetAsync("bob", node: 1);

        Assert.True((await alice.NextAsync("presence")).GetProperty("online").GetBoolean());
        Assert.Contains(cluster[1].Bus.Notices, notice => notice.Notice is Notice.PresenceChanged);
    }

    [Fact]
    public async Task Store_that_is_away_for_presence_ends_no_session_and_is_told_as_temporary()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await cluster.GreetAsync("alice");
        cluster[0].Store.FailNext("WatchAsync");

        await alice.SendFrameAsync("""{"type":"presence","op":"sub","users":["bob"],"id":"p1"}""");
        var error = await alice.NextAsync("error");
        Assert.Equal(("unavailable", "p1", true), (error.GetProperty("code").GetString(), error.GetProperty("id").GetString(), error.GetProperty("temporary").GetBoolean()));

        await SubscribeAsync(alice, "bob");
        await using var bob = await cluster.GreetAsync("bob");
        Assert.True((await alice.NextAsync("presence")).GetProperty("online").GetBoolean());
    }

    [Fact]
    public async Task Token_that_lets_nobody_be_written_to_shows_nobody()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null);
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice", ("ds.dm", false))}}"}""");
        await alice.NextAsync("welcome");

        foreach (var op in (string[])["get", "sub"])
        {
            await alice.SendFrameAsync($$"""{"type":"presence","op":"{{op}}","users":["bob"],"id":"p1"}""");
            Assert.Equal("forbidden", (await alice.NextAsync("error")).GetProperty("code").GetString());
        }
    }

    [Theory]
    [InlineData("""{"type":"presence"}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"look","users":["bob"]}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"sub"}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"get","users":[]}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"get","users":"bob"}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"get","users":["bob",7]}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"sub","room":"team"}""", "no_such_room")]
    [InlineData("""{"type":"presence","op":"sub","room":7}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"unsub","room":"team","users":[]}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"set"}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"get","users":["bob"],"id":""}""", "bad_frame")]
    [InlineData("""{"type":"presence","op":"get","users":[" bob"]}""", "bad_recipient")]
    [InlineData("""{"type":"presence","op":"unsub","users":[""]}""", "bad_recipient")]
    [InlineData("""{"type":"presence","op":"sub","users":["\ud800"]}""", "bad_recipient")]
    [InlineData("long status", "too_large")]
    [InlineData("many users", "too_large")]
    public async Task Command_that_breaks_a_rule_is_refused(string frame, string code)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await cluster.GreetAsync("alice");
        await alice.SendFrameAsync(frame switch
        {
            "long status" => $$"""{"type":"presence","op":"set","status":"{{new string('x', 1023)}}"}""",
            "many users" => $$"""{"type":"presence","op":"get","users":{{JsonSerializer.Serialize(Enumerable.Range(0, 1001).Select(number => $"u{number}"))}}}""",
            _ => frame,
        });

        Assert.Equal(code, (await alice.NextAsync("error")).GetProperty("code").GetString());
        await alice.SettleAsync();
        Assert.Equal(0, alice.Count("presence"));
    }

    private static async Task SubscribeAsync(DsClient client, params string[] users)
    {
        await client.SendFrameAsync($$"""{"type":"presence","op":"sub","users":{{JsonSerializer.Serialize(users)}}}""");
        foreach (var user in users)
        {
            Assert.Equal(user, User(await client.NextAsync("presence")));
        }
    }

    /// <summary>The nodes that the store would name with the next change of the user: a status that stays the same is none.</summary>
    private static async Task<IReadOnlyList<NodeIncarnation>> WatchersAsync(TestCluster cluster, string user) =>
        (await cluster.Registry.SetStatusAsync(new UserId(user), default, CancellationToken.None)).Watchers;

    private static string User(JsonElement push) => push.GetProperty("user").GetString()!;

    private static IEnumerable<string> Names(JsonElement push) => push.EnumerateObject().Select(member => member.Name);
}
