// A node that says what the test says, for what a real one does only at rare moments.
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using DistributedSockets.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Clients;

internal sealed class ScriptedNode : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<ScriptedConnection> _connections = Channel.CreateUnbounded<ScriptedConnection>();
    private readonly WebApplication _app;

    private ScriptedNode(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<ScriptedNode> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.None);
        var node = new ScriptedNode(builder.Build());
        node._app.UseWebSockets();
        node._app.Run(node.AcceptAsync);
        await node._app.StartAsync(TestContext.Current.CancellationToken);
        return node;
    }

    public DistributedSocketsClient Client(Action<ClientOptions>? change = null)
    {
        var options = new ClientOptions { User = "alice", ShortestPause = TimeSpan.FromMilliseconds(1), Nodes = { Address } };
        change?.Invoke(options);
        return new DistributedSocketsClient(options);
    }

    /// <summary>The next connection, before its hello.</summary>
    public Task<ScriptedConnection> NextAsync() => _connections.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    /// <summary>The next connection, welcomed; its client is connected.</summary>
    /// <param name="more">Fields of the welcome besides the usual ones, such as <c>"rooms":1</c>.</param>
    /// <param name="behind">What follows in the same frame.</param>
    public async Task<ScriptedConnection> WelcomeAsync(string? more = null, string behind = "")
    {
        var connection = await NextAsync();
        connection.Hello = await connection.ReadAsync("hello");
        await connection.SendAsync(
            $$"""{"type":"welcome","user":"alice","device":"d","session":"s","resume":"r","node":"n","epoch":"e","seq":0,"resumed":true,"pingMs":20000{{(more is null ? "" : "," + more)}}}{{behind}}""");
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AcceptAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("ds.v1.json");
        var connection = new ScriptedConnection(socket);
        await _connections.Writer.WriteAsync(connection);
        await connection.Ended;
    }
}

internal sealed class ScriptedConnection(WebSocket socket)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<JsonElement> _commands = new();

    public Task Ended => _ended.Task;

    public JsonElement Hello { get; set; }

    /// <summary>How many bytes the largest frame has had.</summary>
    public int LargestFrame { get; private set; }

    public Task SendAsync(string frame) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    /// <summary>A message to alice that is stored.</summary>
    public Task MessageAsync(long seq, string? mid = null) => SendAsync($$"""{"type":"msg","from":"bob","to":"alice","body":"{{seq}}","mid":"{{mid ?? $"m{seq}"}}","ts":1,"seq":{{seq}},"id":"i"}""");

    /// <summary>The next command of that type; others are passed over. Null when the client has closed.</summary>
    public async Task<JsonElement?> TryReadAsync(string type)
    {
        while (true)
        {
            while (_commands.TryDequeue(out var command))
            {
                if (command.GetProperty("type").GetString() == type)
                {
                    return command;
                }
            }

            if (!await ReadFrameAsync().WaitAsync(ScriptedNode.Patience))
            {
                return null;
            }
        }
    }

    public async Task<JsonElement> ReadAsync(string type) => await TryReadAsync(type) ?? throw new InvalidOperationException($"The client has closed; no {type} came.");

    /// <summary>Answers a close frame of the client, or closes first.</summary>
    public async Task CloseAsync(int code = 1000)
    {
        await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, TestContext.Current.CancellationToken);
        _ended.TrySetResult();
    }

    /// <summary>Ends it without a close frame.</summary>
    public void Cut()
    {
        socket.Abort();
        _ended.TrySetResult();
    }

    private async Task<bool> ReadFrameAsync()
    {
        using var frame = new MemoryStream();
        var buffer = new byte[8 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return false;
            }

            frame.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                Take(frame.ToArray());
                return true;
            }
        }
    }

    private void Take(byte[] frame)
    {
        LargestFrame = Math.Max(LargestFrame, frame.Length);
        var reader = new Utf8JsonReader(frame, new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            _commands.Enqueue(JsonElement.ParseValue(ref reader));
        }
    }
}
