// The page's connection against a node that the test plays, over a real WebSocket.
using System.Net.WebSockets;
using System.Text;
using DistributedSockets.Web.Access;
using DistributedSockets.Web.Chat;
using DistributedSockets.Web.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Web;

public sealed class ChatConnectionTests : IDisposable
{
    // Both sides wait for each other: a fault in either must end the test, not hold it.
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public ChatConnectionTests() => _deadline.CancelAfter(TimeSpan.FromSeconds(15));

    private CancellationToken Cancelled => _deadline.Token;

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task A_message_goes_out_and_a_fragmented_one_comes_in_whole()
    {
        await using var node = await PlayedNode.StartAsync(async (socket, _) =>
        {
            var buffer = new byte[1024];
            var received = await socket.ReceiveAsync(buffer, Cancelled);
            var answer = Encoding.UTF8.GetBytes($$"""{"from":"bob","to":"alice","body":{{Encoding.UTF8.GetString(buffer, 0, received.Count)}}}""");
            foreach (var part in answer.Chunk(7))
            {
                await socket.SendAsync(part, WebSocketMessageType.Text, endOfMessage: false, Cancelled);
            }

            await socket.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Text, endOfMessage: true, Cancelled);
            await socket.ReceiveAsync(buffer, Cancelled);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        }, Cancelled);
        await using var alice = await node.ConnectAsync("alice");

        await alice.SendAsync("bob", "hi", Cancelled);
        var frame = await alice.ReadAllAsync().FirstAsync(Cancelled).AsTask().WaitAsync(Cancelled);
        Assert.Equal(("bob", """{"to":"bob","body":"hi"}"""), (frame.From, frame.BodyText));
        await alice.CloseAsync();
        Assert.Empty(await ReadToEndAsync(alice));
        Assert.Null(alice.Ending);
    }

    [Fact]
    public async Task The_user_reaches_the_node_unharmed()
    {
        var users = new List<string>();
        await using var node = await PlayedNode.StartAsync(async (socket, user) =>
        {
            users.Add(user);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        }, Cancelled);
        await using var connection = await node.ConnectAsync("a&b=ü #1");

        Assert.Empty(await ReadToEndAsync(connection));
        Assert.Equal(["a&b=ü #1"], users);
    }

    [Theory]
    [InlineData(1001, "going away")]
    [InlineData(1008, "policy")]
    [InlineData(1009, "too large")]
    [InlineData(1012, "restarts")]
    [InlineData(1013, "try again later")]
    [InlineData(4321, "no reason given")]
    public async Task A_close_code_is_explained_with_what_the_node_says(int code, string meaning)
    {
        await using var node = await PlayedNode.StartAsync((socket, _) => socket.CloseOutputAsync((WebSocketCloseStatus)code, "because", Cancelled), Cancelled);
        await using var connection = await node.ConnectAsync("alice");

        Assert.Empty(await ReadToEndAsync(connection));
        Assert.StartsWith($"node-1 closed the connection ({code}): ", connection.Ending, StringComparison.Ordinal);
        Assert.Contains(meaning, connection.Ending, StringComparison.Ordinal);
        Assert.EndsWith("The node says: because.", connection.Ending, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_the_goodbye_does_not_hold_the_page()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await PlayedNode.StartAsync((_, _) => hold.Task.WaitAsync(Cancelled), Cancelled);
        await using var connection = await node.ConnectAsync("alice");

        await connection.CloseAsync();
        Assert.Empty(await ReadToEndAsync(connection));
        Assert.Null(connection.Ending);
        hold.SetResult();
    }

    [Fact]
    public async Task A_frame_without_end_is_refused()
    {
        var refusal = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await PlayedNode.StartAsync(async (socket, _) =>
        {
            await socket.SendAsync(new byte[ChatConnection.MaxFrameBytes + 1], WebSocketMessageType.Text, endOfMessage: false, Cancelled);
            var answer = await socket.ReceiveAsync(new byte[16], Cancelled);
            refusal.SetResult(answer.CloseStatus);
        }, Cancelled);
        await using var connection = await node.ConnectAsync("alice");

        Assert.Empty(await ReadToEndAsync(connection));
        Assert.Contains("1024 KiB", connection.Ending, StringComparison.Ordinal);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await refusal.Task.WaitAsync(Cancelled));
    }

    [Fact]
    public async Task A_refused_upgrade_tells_the_reason_of_the_node()
    {
        await using var node = await PlayedNode.StartAsync((_, _) => Task.CompletedTask, Cancelled);

        var exception = await Assert.ThrowsAsync<ChatConnectException>(() => node.ConnectAsync(PlayedNode.Unwelcome));
        Assert.Equal("node-1 refused the connection (403): not you.", exception.Message);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_asked_about()
    {
        var node = await PlayedNode.StartAsync((_, _) => Task.CompletedTask, Cancelled);
        await node.DisposeAsync();

        var exception = await Assert.ThrowsAsync<ChatConnectException>(() => node.ConnectAsync("alice"));
        Assert.Equal($"node-1 did not answer: connection refused ({node.Address.Url.Authority}). Is it running?", exception.Message);
    }

    private async Task<List<IncomingFrame>> ReadToEndAsync(ChatConnection connection)
    {
        return await ReadAsync().WaitAsync(Cancelled);

        async Task<List<IncomingFrame>> ReadAsync()
        {
            var frames = new List<IncomingFrame>();
            await foreach (var frame in connection.ReadAllAsync())
            {
                frames.Add(frame);
            }

            return frames;
        }
    }

    /// <summary>A node whose side of each connection the test plays.</summary>
    private sealed class PlayedNode(WebApplication app, CancellationToken cancellationToken) : IAsyncDisposable
    {
        public const string Unwelcome = "mallory";

        private readonly NodeHttp _http = new(new NodeTokens(new ConfigurationBuilder().Build(), new HostingEnvironment(), TimeProvider.System));

        public NodeAddress Address { get; } = new("node-1", new Uri(app.Urls.Single()));

        public static async Task<PlayedNode> StartAsync(Func<WebSocket, string, Task> play, CancellationToken cancellationToken)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.UseWebSockets();
            app.Run(async context =>
            {
                var user = context.Request.Query["user_id"].ToString();
                if (user == Unwelcome)
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    await context.Response.WriteAsync("""{"error":"not you"}""", cancellationToken);
                    return;
                }

                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await play(socket, user);
            });
            await app.StartAsync(cancellationToken);
            return new PlayedNode(app, cancellationToken);
        }

        public Task<ChatConnection> ConnectAsync(string user) => new ChatConnector(_http, TimeProvider.System).ConnectAsync(user, Address, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await app.DisposeAsync();
        }
    }
}
