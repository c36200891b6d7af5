// What a stranger may do, and what becomes of those who do more.
using System.Net.WebSockets;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class LimitsTests
{
    [Fact]
    public async Task Connection_above_the_limit_of_its_user_is_closed_and_the_others_stay()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Limits:ConnectionsPerUser=3");
        var first = await cluster.ConnectAsync("bob", node: 0);
        await cluster.ConnectAsync("bob", node: 1);
        await cluster.ConnectAsync("bob", node: 1);

        var fourth = await cluster.ConnectAsync("bob", node: 0);
        Assert.Equal(CloseReason.TooManyConnections.PlainCode, await fourth.WhenClosedAsync());
        await first.SendAsync("bob", "still here");
        Assert.Equal("still here", (await first.NextMessageAsync()).Body);
        await first.CloseAsync();
        await Eventually.IsAsync(() => cluster.Registry.Locate(new("bob")).Count == 2, "the first has left");
        var fifth = await cluster.ConnectAsync("bob", node: 0);
        await fifth.SendAsync("bob", "let in");
        Assert.Equal("let in", (await fifth.NextMessageAsync()).Body);
    }

    [Theory]
    [InlineData(WebSocketMessageType.Text)]
    [InlineData(WebSocketMessageType.Binary)]
    public async Task Oversized_frame_closes_its_connection_with_a_code_that_the_client_sees(WebSocketMessageType type)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:FrameBytes=4096");
        var alice = await cluster.ConnectAsync("alice");
        var bob = await cluster.ConnectAsync("bob");
        var overhead = """{"to":"bob","body":""}""".Length;
        await alice.SendAsync("bob", new string('x', 4096 - overhead));
        Assert.Equal(4096 - overhead, (await bob.NextMessageAsync()).Body.Length);

        await alice.SendFrameAsync(new byte[1024 * 1024], type);

        Assert.Equal(CloseReason.FrameTooLarge.PlainCode, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task What_the_api_and_a_room_refuse_for_a_limit_is_counted_by_its_name()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:BatchMessages=1", "Limits:ApiBytes=1024");
        using var counts = new LimitCounts(cluster[0]);
        using var program = new ApiProgram();
        var message = """{"from":"a","to":"b","body":1}""";
        Assert.Equal("Limits:BatchMessages", (await program.AskAsync("POST", cluster[0].Uri, "messages/batch", $$"""{"messages":[{{message}},{{message}}]}""")).Text("limit"));
        Assert.Equal("Limits:ApiBytes", (await program.AskAsync("POST", cluster[0].Uri, "messages", new string(' ', 1025))).Text("limit"));

        var alice = await cluster.GreetAsync("alice");
        await RoomTalk.JoinAsync(alice, "team");
        await RoomTalk.SayAsync(alice, "team", "hi", id: "m");
        var mid = RoomTalk.Text(await alice.NextAsync("ack"), "mid");
        for (var number = 0; number <= new LimitOptions().EditsPerMessage; number++)
        {
            await alice.SendFrameAsync($$"""{"type":"edit","room":"team","mid":"{{mid}}","body":{{number}},"id":"e{{number}}"}""");
        }

        Assert.Equal("Limits:EditsPerMessage", RoomTalk.Text(await alice.NextAsync("error"), "limit"));
        Assert.Equal((1, 1, 1), (counts["Limits:BatchMessages"], counts["Limits:ApiBytes"], counts["Limits:EditsPerMessage"]));
    }

    [Fact]
    public async Task Binary_and_malformed_frames_are_dropped_and_the_connection_lives()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.ConnectAsync("alice");
        var bob = await cluster.ConnectAsync("bob");

        await alice.SendFrameAsync(Encoding.UTF8.GetBytes("""{"to":"bob","body":"binary"}"""), WebSocketMessageType.Binary);
        foreach (var frame in new[] { "", "   ", "garbage", "[]", """{"to":"bob"}""", """{"to":"","body":1}""", """{"to":" bob","body":1}""", """{"to":"b\u0000","body":1}""" })
        {
            await alice.SendFrameAsync(frame);
        }

        await alice.SendFrameAsync("""{"to":"bob","body":"good"} {"to":""");
        await alice.SendFrameAsync("""{"to":"bob","body":1}""" + "\n" + """{"to":"bob","body":2}""");

        Assert.Equal(["good", "1", "2"], await bob.NextBodiesAsync(3));
        Assert.Equal(3, bob.Arrived.Count);
    }

    [Fact]
    public async Task Text_that_is_not_utf8_closes_its_connection()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.ConnectAsync("alice");

        await alice.SendFrameAsync([.. "{\"to\":\"bob\",\"body\":\""u8, 0xc3, 0x28, .. "\"}"u8], WebSocketMessageType.Text);
        Assert.Equal(1007, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Client_that_never_reads_is_cut_off_and_costs_nobody_else_anything()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:SendQueueMessages=20");
        var stalled = await cluster.ConnectAsync("stalled", reads: false);
        var alice = await cluster.ConnectAsync("alice");
        var bob = await cluster.ConnectAsync("bob");
        var large = new string('x', 60_000);

        for (var sent = 0; cluster[0].Table.Find(new("stalled")) is { Connections: [{ IsClosing: false }] }; sent++)
        {
            Assert.True(sent < 5_000, "the stalled client was never cut off");
            await alice.SendAsync("stalled", large);
            await alice.SendAsync("bob", $"{sent}");
            Assert.Equal($"{sent}", (await bob.NextMessageAsync()).Body);
        }

        await Eventually.IsAsync(() => !cluster.Knows("stalled"), "the stalled client is gone");
        await alice.SendAsync("bob", "still here");
        Assert.Equal("still here", (await bob.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Unknown_subprotocol_is_refused_and_a_bearer_alone_is_none()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var refused = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", subprotocols: "ds.v9.xml");
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.StartsWith("""{"error":"no offered subprotocol is known""", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var bearer = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", subprotocols: "ds.bearer.x");
        Assert.Equal(101, (int)bearer.StatusCode);
        Assert.False(bearer.Headers.Contains("Sec-WebSocket-Protocol"));
    }

    [Fact]
    public async Task Missing_user_and_foreign_origin_are_refused_before_the_upgrade()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var nobody = await UpgradeAttempt.SendAsync(cluster[0].Uri, "");
        Assert.Equal(400, (int)nobody.StatusCode);
        Assert.Equal("""{"error":"user_id required"}""", await nobody.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var foreign = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", origin: "https://evil.example");
        Assert.Equal(403, (int)foreign.StatusCode);
    }
}
