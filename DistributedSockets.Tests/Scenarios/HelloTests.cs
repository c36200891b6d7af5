// How a ds.v1 connection begins: hello, resume, devices.
using System.Net.WebSockets;
using System.Text.Json;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class HelloTests
{
    [Fact]
    public async Task Welcome_tells_a_new_device_who_it_is_and_what_the_node_allows()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");

        var welcome = alice.Welcome;
        Assert.Equal(
            ["type", "user", "device", "session", "resume", "node", "epoch", "seq", "resumed", "reason", "rooms", "pingMs", "limits"],
            welcome.EnumerateObject().Select(member => member.Name));
        Assert.Equal("alice", welcome.GetProperty("user").GetString());
        Assert.NotEmpty(welcome.GetProperty("device").GetString()!);
        Assert.Equal("server-1", welcome.GetProperty("node").GetString());
        Assert.Equal(0, welcome.GetProperty("seq").GetInt64());
        Assert.False(welcome.GetProperty("resumed").GetBoolean());
        Assert.Equal("new", welcome.GetProperty("reason").GetString());
        Assert.Equal(20_000, welcome.GetProperty("pingMs").GetInt64());
        Assert.Equal(65_536, welcome.GetProperty("limits").GetProperty("frameBytes").GetInt32());
    }

    [Theory]
    [InlineData("""{"to":"bob","body":"hi"}""")]
    [InlineData("""{"type":"ping"}""")]
    [InlineData("not json")]
    [InlineData("""{"type":"hello","device":" x"}""")]
    [InlineData("""{"type":"hello","ack":-1}""")]
    public async Task Anything_but_a_hello_first_is_a_bad_protocol(string frame)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var client = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        await client.SendFrameAsync(frame);
        Assert.Equal(4004, await client.WhenClosedAsync());
        Assert.False(cluster.Knows("alice"));
    }

    [Fact]
    public async Task Who_does_not_say_hello_in_time_is_closed()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:HelloTimeout=00:00:00.2");
        await using var client = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        Assert.Equal(4008, await client.WhenClosedAsync());
    }

    [Fact]
    public async Task Node_that_stops_does_not_wait_for_hellos()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var client = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        var stopping = cluster[0].StopAsync();
        Assert.Equal(4200, await client.WhenClosedAsync(TimeSpan.FromSeconds(5)));
        await stopping;
    }

    [Fact]
    public async Task Commands_behind_the_hello_in_the_same_frame_are_carried_out()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var client = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        await client.SendFrameAsync("{\"type\":\"hello\"}\n{\"type\":\"ping\",\"t\":7} {\"to\":\"alice\",\"body\":\"me\",\"id\":\"1\"}");
        await client.NextAsync("welcome");
        Assert.Equal(7, (await client.NextAsync("pong")).GetProperty("t").GetInt32());
        Assert.Equal("me", (await client.NextAsync("msg")).GetProperty("body").GetString());
    }

    [Fact]
    public async Task Token_resumes_on_any_node_once_and_the_rest_follows_in_order()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice");
        var bob = await cluster.GreetAsync("bob", node: 0, device: "phone");
        for (var number = 1; number <= 3; number++)
        {
            await alice.SendAsync("bob", $"{number}", $"a{number}");
        }

        await bob.NextBodiesAsync(3);
        bob.Abort();
        await alice.SendAsync("bob", "4", "a4");
        var token = Text(bob.Welcome, "resume");
        var epoch = Text(bob.Welcome, "epoch");

        var resumed = await cluster.GreetAsync("bob", node: 1, device: "phone", $"\"resume\":\"{token}\",\"ack\":2,\"epoch\":\"{epoch}\"");
        Assert.True(resumed.Welcome.GetProperty("resumed").GetBoolean());
        Assert.False(resumed.Welcome.TryGetProperty("reason", out _));
        Assert.Equal(["3", "4"], await resumed.NextBodiesAsync(2));
        Assert.True(resumed.Arrived.Single(push => Is(push, "3")).GetProperty("redelivered").GetBoolean());
        Assert.NotEqual(token, Text(resumed.Welcome, "resume"));

        // What the hello acknowledged is delivered.
        await Eventually.IsAsync(() => alice.Count("receipt") > 0, "alice has a receipt");

        var other = await cluster.GreetAsync("bob", node: 0, device: "tablet", $"\"resume\":\"{token}\"");
        Assert.False(other.Welcome.GetProperty("resumed").GetBoolean());
        Assert.Equal("expired", Text(other.Welcome, "reason"));
    }

    [Fact]
    public async Task Device_that_counts_in_another_epoch_is_told_so()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        await alice.SendAsync("bob", "1", "a1");
        await alice.NextAsync("ack");

        var bob = await cluster.GreetAsync("bob", device: "phone", hello: "\"ack\":17,\"epoch\":\"long ago\"");

        Assert.Equal("epoch", Text(bob.Welcome, "reason"));
        Assert.Equal(["1"], await bob.NextBodiesAsync(1));
    }

    [Fact]
    public async Task Devices_have_cursors_of_their_own_and_the_first_to_acknowledge_delivers()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice");
        var phone = await cluster.GreetAsync("bob", node: 0, device: "phone");
        var laptop = await cluster.GreetAsync("bob", node: 1, device: "laptop");

        await alice.SendAsync("bob", "hi", "a1");
        await phone.NextAsync("msg");
        await laptop.NextAsync("msg");
        await laptop.AcknowledgeAsync(1);
        Assert.Equal("laptop", Text(await alice.NextAsync("receipt"), "device"));
        await phone.AcknowledgeAsync(1);
        await phone.CloseAsync();
        await laptop.CloseAsync();

        await alice.SendAsync("bob", "again", "a2");
        await alice.NextAsync("ack");
        await alice.NextAsync("ack");
        var drawer = await cluster.GreetAsync("bob", device: "phone");
        Assert.Equal(["again"], await drawer.NextBodiesAsync(1));
        await alice.SettleAsync();
        Assert.Equal(1, alice.Count("receipt"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Same_device_connected_again_supersedes_the_old_connection(int node)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var old = await cluster.GreetAsync("bob", node: 0, device: "phone");
        var other = await cluster.GreetAsync("bob", node: 0, device: "laptop");
        var alice = await cluster.GreetAsync("alice");

        var fresh = await cluster.GreetAsync("bob", node, device: "phone");

        Assert.Equal(4005, await old.WhenClosedAsync());
        await alice.SendAsync("bob", "hi", "a1");
        Assert.Equal(["hi"], await fresh.NextBodiesAsync(1));
        Assert.Equal(["hi"], await other.NextBodiesAsync(1));
    }

    [Fact]
    public async Task Device_named_plain_is_not_the_plain_connections()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var plain = await cluster.ConnectAsync("bob");
        var device = await cluster.GreetAsync("bob", device: "plain");
        var alice = await cluster.GreetAsync("alice");

        await alice.SendAsync("bob", "hi", "a1");

        Assert.Equal("hi", (await plain.NextMessageAsync()).Body);
        Assert.Equal(["hi"], await device.NextBodiesAsync(1));
        await device.CloseAsync();
        Assert.Equal(["hi"], await (await cluster.GreetAsync("bob", device: "plain")).NextBodiesAsync(1));
    }

    [Fact]
    public async Task Too_many_connections_of_a_user_are_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ConnectionsPerUser=1");
        await cluster.GreetAsync("bob", device: "phone");
        await using var second = await DsClient.OpenAsync(cluster[0].Uri, "bob");
        await second.SendFrameAsync("""{"type":"hello","device":"laptop"}""");
        Assert.Equal(4006, await second.WhenClosedAsync());

        // The same device again is no further connection.
        await cluster.GreetAsync("bob", device: "phone");
    }

    [Fact]
    public async Task Without_the_store_a_hello_is_sent_away_to_come_back()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        cluster[0].Store.FailNext("OpenAsync");
        await using var client = await DsClient.OpenAsync(cluster[0].Uri, "bob");
        await client.SendFrameAsync("""{"type":"hello"}""");
        Assert.Equal(4103, await client.WhenClosedAsync());

        cluster[0].Store.FailNext("BeginAsync");
        await using var second = await DsClient.OpenAsync(cluster[0].Uri, "bob");
        await second.SendFrameAsync("""{"type":"hello"}""");
        Assert.Equal(4103, await second.WhenClosedAsync());
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "no session is left");
    }

    [Fact]
    public async Task Bad_frames_are_answered_and_the_connection_stays()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        await alice.SendFrameAsync("""{"type":"nonsense"}""");
        Assert.Contains("is unknown", Text(await alice.NextAsync("error"), "reason"), StringComparison.Ordinal);
        await alice.SendFrameAsync("{broken");
        Assert.Equal("bad_frame", Text(await alice.NextAsync("error"), "code"));
        await alice.SendFrameAsync([1, 2, 3], WebSocketMessageType.Binary);
        Assert.Equal("bad_frame", Text(await alice.NextAsync("error"), "code"));
        await alice.SendFrameAsync("""{"to":" bob","body":1,"id":"x7"}""");
        var error = await alice.NextAsync("error");
        Assert.Equal(("bad_recipient", "x7"), (Text(error, "code"), Text(error, "id")));
        await alice.AcknowledgeAsync(5);
        Assert.Equal("bad_frame", Text(await alice.NextAsync("error"), "code"));
        await alice.SendFrameAsync("""{"type":"read","from":"bob","upto":5}""");
        Assert.Contains("'upto' lies beyond", Text(await alice.NextAsync("error"), "reason"), StringComparison.Ordinal);
        Assert.Equal(0, cluster[0].Store.Count("MarkReadAsync"));
        await alice.SendFrameAsync("""{"type":"hello"}""");
        Assert.Equal("bad_frame", Text(await alice.NextAsync("error"), "code"));
        await alice.SettleAsync();
    }

    [Fact]
    public async Task Frame_beyond_the_limit_closes_with_its_code()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:FrameBytes=2048");
        var alice = await cluster.GreetAsync("alice");
        await alice.SendAsync("bob", new string('x', 3000), "a1");
        Assert.Equal(4009, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Bye_ends_the_session_at_once()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        await alice.SendFrameAsync("""{"type":"bye"}""");
        Assert.Equal(1000, await alice.WhenClosedAsync());
        await Eventually.IsAsync(() => !cluster.Knows("alice"), "the session is closed");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Typing_is_shown_wherever_the_user_is_and_goes_off_with_the_connection(int node)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node);
        var plain = await cluster.ConnectAsync("bob", node);

        await alice.SendFrameAsync("""{"type":"typing","to":"bob","on":true}{"type":"typing","to":"bob","on":true}""");
        var typing = await bob.NextAsync("typing");
        Assert.Equal(("alice", "bob", true), (Text(typing, "from"), Text(typing, "to"), typing.GetProperty("on").GetBoolean()));

        await alice.CloseAsync();
        Assert.False((await bob.NextAsync("typing")).GetProperty("on").GetBoolean());
        Assert.Empty(plain.Arrived);
        Assert.Empty(await cluster.StoredAsync("bob"));
    }

    [Fact]
    public async Task Welcome_comes_before_what_others_have_to_say()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (bob, begun) = await BeginWhileAliceTypesAsync(cluster);
        Assert.Single(cluster[0].Table.Find(new UserId("bob"))!.Connections).Drain(TimeSpan.FromSeconds(5), null);
        begun.Release();

        await bob.NextAsync("drain");
        Assert.Equal(["welcome", "typing", "drain"], bob.Arrived.Take(3).Select(push => Text(push, "type")));
        await bob.DisposeAsync();
    }

    [Fact]
    public async Task Who_is_closed_before_the_welcome_hears_nothing_else()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (bob, begun) = await BeginWhileAliceTypesAsync(cluster);
        Assert.Single(cluster[0].Table.Find(new UserId("bob"))!.Connections).Close(CloseReason.Drain);
        begun.Release();

        await bob.WhenClosedAsync();
        Assert.DoesNotContain(bob.Arrived, push => Text(push, "type") == "typing");
        await bob.DisposeAsync();
    }

    /// <summary>Bob has said hello, the store has not answered yet, and somebody shows him that she types.</summary>
    private static async Task<(DsClient Bob, HeldAnswers Begun)> BeginWhileAliceTypesAsync(TestCluster cluster)
    {
        var alice = await cluster.GreetAsync("alice");
        var begun = cluster[0].Store.HoldAnswers("BeginAsync");
        var bob = await DsClient.OpenAsync(cluster[0].Uri, "bob");
        await bob.SendFrameAsync("""{"type":"hello"}""");
        await begun.WhenReachedAsync();
        await alice.SendFrameAsync("""{"type":"typing","to":"bob","on":true}""");
        await alice.SettleAsync();
        return (bob, begun);
    }

    [Fact]
    public async Task Defect_behind_the_welcome_sends_the_client_away_to_come_back()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        cluster[0].Store.BreakNext("ReadAsync");
        var alice = await cluster.GreetAsync("alice");
        Assert.Equal(4104, await alice.WhenClosedAsync());

        var bob = await cluster.GreetAsync("bob");
        await cluster.Inbox.AppendAsync(new UserId("bob"), [Envelopes.Saying("1")], TestContext.Current.CancellationToken);
        cluster[0].Store.BreakNext("AcknowledgeAsync");
        Assert.Single(cluster[0].Table.Find(new UserId("bob"))!.Connections).CatchUp(new InboxEnd(1, bob.Welcome.GetProperty("epoch").GetString()), 0);
        await bob.NextAsync("msg");
        await bob.AcknowledgeAsync(1);
        Assert.Equal(4104, await bob.WhenClosedAsync());
    }

    private static string Text(JsonElement push, string member) => push.GetProperty(member).GetString()!;

    private static bool Is(JsonElement push, string body) => push.GetProperty("type").GetString() == "msg" && Text(push, "body") == body;
}
