// Frames on a real connection: handshake, fragments, pings, goodbyes. What breaks the rules: BrokenFramesTests.
using System.Net.WebSockets;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class FramesTests
{
    private const string Hello = """{"type":"hello"}""";

    [Fact]
    public async Task Handshake_is_answered_as_the_standard_says_and_takes_no_extension()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await RawClient.ConnectAsync(cluster[0].Uri, "alice", headers: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");

        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", alice.Answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Upgrade: websocket\r\n", alice.Answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", alice.Answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Frames_in_one_piece_with_the_handshake_are_read()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await RawClient.ConnectAsync(cluster[0].Uri, "alice", behind: [ToSelf("early"), ClientFrame.Of(Opcode.Ping, [1])]);

        var (first, second) = (await alice.NextAsync(), await alice.NextAsync());
        Assert.Equal([Opcode.Text, Opcode.Ping + 1], new[] { first.Opcode, second.Opcode }.Order());
        Assert.Contains("early", first.Text + second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_in_fragments_byte_by_byte_with_a_ping_between_arrives_whole()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await RawClient.ConnectAsync(cluster[0].Uri, "alice");

        byte[] bytes =
        [
            .. ClientFrame.Text("""{"to":"alice",""", isFinal: false), .. ClientFrame.Rest("", isFinal: false), .. ClientFrame.Of(Opcode.Ping, [7]),
            .. ClientFrame.Rest("""
                "body":"gr
                """, isFinal: false),
            .. ClientFrame.Rest("""
                üß"}
                """),
        ];
        foreach (var one in bytes)
        {
            await alice.SendAsync([one]);
        }

        Assert.Equal([7], (await alice.NextAsync(Opcode.Pong)).Payload);
        Assert.Equal("""{"from":"alice","to":"alice","body":"grüß"}""", (await alice.NextAsync(Opcode.Text)).Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    public async Task Ping_is_answered_with_its_payload_in_both_profiles_and_before_the_hello(int length)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var payload = Enumerable.Range(0, length).Select(value => (byte)(255 - value)).ToArray();
        await using var plain = await RawClient.ConnectAsync(cluster[0].Uri, "alice");
        await plain.SendAsync(ClientFrame.Of(Opcode.Pong, [1, 2, 3]), ClientFrame.Of(Opcode.Ping, payload));
        Assert.Equal(payload, (await plain.NextAsync(Opcode.Pong)).Payload);

        await using var device = await RawClient.ConnectAsync(cluster[0].Uri, "bob", "ds.v1.json");
        await device.SendAsync(ClientFrame.Of(Opcode.Pong, [1, 2, 3]), ClientFrame.Of(Opcode.Ping, payload));
        Assert.Equal(payload, (await device.NextAsync(Opcode.Pong)).Payload);
        Assert.StartsWith("""{"type":"welcome",""", await GreetAsync(device, Hello), StringComparison.Ordinal);
        await device.SendAsync(ClientFrame.Of(Opcode.Ping, payload));
        Assert.Equal(payload, (await device.NextAsync(Opcode.Pong)).Payload);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("ds.v1.json", null)]
    [InlineData("ds.v1.json", Hello)]
    public async Task Goodbye_is_answered_with_its_own_code_and_then_the_connection_ends(string? subprotocol, string? hello)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        foreach (var code in new[] { 1000, 1001, 3000, 4999, 0 })
        {
            await using var alice = await RawClient.ConnectAsync(cluster[0].Uri, "alice", subprotocol);
            if (hello is not null)
            {
                await GreetAsync(alice, hello);
            }

            await alice.SendAsync(code == 0 ? ClientFrame.Of(Opcode.Close, []) : ClientFrame.Close(code, "bye"));
            Assert.Equal(code == 0 ? 1000 : code, (await alice.NextAsync(Opcode.Close)).Code);
            Assert.True(await alice.WhenEndedAsync());
            await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice has left");
        }
    }

    [Fact]
    public async Task What_was_said_before_the_goodbye_is_carried_to_its_end()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var bob = await cluster.ConnectAsync("bob");
        await using var alice = await RawClient.ConnectAsync(cluster[0].Uri, "alice");
        await alice.SendAsync([.. Enumerable.Range(0, 50).Select(number => ClientFrame.Text($$"""{"to":"bob","body":"{{number}}"}""")), ClientFrame.Close(1000)]);

        Assert.Equal(1000, await alice.WhenClosedAsync());
        Assert.Equal(Enumerable.Range(0, 50).Select(number => $"{number}"), await bob.NextBodiesAsync(50));
    }

    /// <summary>RFC 8441. Without TLS a node speaks HTTP/2 only where it is told so.</summary>
    [Fact]
    public async Task Frames_go_over_a_stream_of_HTTP2_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Kestrel:EndpointDefaults:Protocols=Http2");
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = System.Net.HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        await socket.ConnectAsync(TestClient.Address(cluster[0].Uri, "alice"), invoker, TestContext.Current.CancellationToken);

        var body = new string('x', 40_000);
        await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"to":"alice","body":"{{body}}"}"""), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
        var buffer = new byte[65_536];
        var received = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(received), TestContext.Current.CancellationToken);
            received += part.Count;
        }
        while (!part.EndOfMessage);

        Assert.Equal($$"""{"from":"alice","to":"alice","body":"{{body}}"}""", Encoding.UTF8.GetString(buffer, 0, received));
        await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "bye", TestContext.Current.CancellationToken).WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice has left");
    }

    private static byte[] ToSelf(string text) => ClientFrame.Text($$"""{"to":"alice","body":"{{text}}"}""");

    /// <summary>Says hello; returns all that comes before anybody says anything.</summary>
    private static async Task<string> GreetAsync(RawClient client, string hello)
    {
        await client.SendAsync(ClientFrame.Text(hello));
        var heard = "";
        while (!heard.Contains("ds.all", StringComparison.Ordinal))
        {
            heard += (await client.NextAsync(Opcode.Text)).Text;
        }

        return heard;
    }
}
