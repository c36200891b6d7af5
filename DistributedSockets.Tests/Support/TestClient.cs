// A client of the plain profile, as a test wants one: every wait has a deadline and says what was missing.
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace DistributedSockets.Tests.Support;

/// <summary>What a plain client receives. <paramref name="Body"/> is the text of a JSON string, or any other JSON value as it came.</summary>
internal sealed record PlainMessage(string From, string To, string Body);

/// <summary>A client of the plain profile, connected to any node by its address (http, https, ws or wss).</summary>
internal sealed class TestClient : IAsyncDisposable
{
    /// <summary>The close code that stands for an end without a close frame.</summary>
    public const int NoCloseFrame = 1006;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket;
    private readonly string _user;
    private readonly Channel<string> _frames = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _arrived = new();
    private readonly Task<int> _closed;

    private TestClient(ClientWebSocket socket, string user, bool reads)
    {
        _socket = socket;
        _user = user;
        _closed = reads ? ReadAsync() : new TaskCompletionSource<int>().Task;
    }

    /// <summary>What this client has received, in order.</summary>
    public IReadOnlyCollection<string> Arrived => _arrived;

    /// <param name="reads">False: it never reads, and the system takes little for it.</param>
    public static async Task<TestClient> ConnectAsync(Uri node, string user, bool reads = true, Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = (context, token) => DialAsync(context.DnsEndPoint, reads, token) });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        await socket.ConnectAsync(Address(node, user), invoker, patience.Token);
        return new TestClient(socket, user, reads);
    }

    /// <summary>Where a user connects to; null names none, and leaves the query as it is.</summary>
    public static Uri Address(Uri node, string? user)
    {
        var scheme = node.Scheme is "https" or "wss" ? "wss" : "ws";
        return new UriBuilder(node) { Scheme = scheme, Path = "/ws", Query = user is null ? node.Query : $"user_id={Uri.EscapeDataString(user)}" }.Uri;
    }

    /// <summary>Sends a message whose body is a JSON string.</summary>
    public Task SendAsync(string to, string text) => SendFrameAsync($$"""{"to":{{JsonSerializer.Serialize(to)}},"body":{{JsonSerializer.Serialize(text)}}}""");

    public Task SendFrameAsync(string frame) => SendFrameAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text);

    public Task SendFrameAsync(byte[] frame, WebSocketMessageType type) =>
        _socket.SendAsync(frame, type, endOfMessage: true, TestContext.Current.CancellationToken).WaitAsync(Patience);

    public async Task<PlainMessage> NextMessageAsync(TimeSpan? patience = null)
    {
        using var frame = JsonDocument.Parse(await NextFrameAsync(patience));
        var body = frame.RootElement.GetProperty("body");
        return new PlainMessage(
            frame.RootElement.GetProperty("from").GetString()!,
            frame.RootElement.GetProperty("to").GetString()!,
            body.ValueKind == JsonValueKind.String ? body.GetString()! : body.GetRawText());
    }

    /// <summary>The next frame as it came.</summary>
    public async Task<string> NextFrameAsync(TimeSpan? patience = null)
    {
        try
        {
            return await _frames.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(patience ?? Patience);
        }
        catch (Exception exception) when (exception is TimeoutException or ChannelClosedException)
        {
            var end = _closed.IsCompletedSuccessfully ? $", and the connection was closed with {_closed.Result}" : "";
            Assert.Fail($"{_user} is missing a message{end}. {_arrived.Count} had arrived: {string.Join(' ', _arrived.TakeLast(10))}");
            throw;
        }
    }

    /// <summary>The bodies of the next <paramref name="count"/> messages.</summary>
    public async Task<IReadOnlyList<string>> NextBodiesAsync(int count)
    {
        var bodies = new List<string>();
        while (bodies.Count < count)
        {
            bodies.Add((await NextMessageAsync()).Body);
        }

        return bodies;
    }

    /// <summary>Whether the connection has ended, from whichever side.</summary>
    public bool IsClosed => _closed.IsCompleted;

    /// <summary>The code that the node has closed with; <see cref="NoCloseFrame"/> when it just went away.</summary>
    public async Task<int> WhenClosedAsync(TimeSpan? patience = null)
    {
        try
        {
            return await _closed.WaitAsync(patience ?? Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The connection of {_user} was not closed. {_arrived.Count} messages had arrived: {string.Join(' ', _arrived.TakeLast(10))}");
            throw;
        }
    }

    /// <summary>Leaves as a browser does; returns when the node has said goodbye too.</summary>
    public async Task CloseAsync()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await WhenClosedAsync();
    }

    /// <summary>Leaves without a word.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None)
                .WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _socket.Dispose();
    }

    private static async ValueTask<Stream> DialAsync(System.Net.DnsEndPoint endPoint, bool reads, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (!reads)
        {
            socket.ReceiveBufferSize = 4096;
        }

        await socket.ConnectAsync(endPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task<int> ReadAsync()
    {
        var buffer = new byte[4096];
        var frame = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return (int)_socket.CloseStatus!;
                }

                frame.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    var text = Encoding.UTF8.GetString(frame.ToArray());
                    frame.SetLength(0);
                    _arrived.Enqueue(text);
                    _frames.Writer.TryWrite(text);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return NoCloseFrame;
        }
        finally
        {
            _frames.Writer.TryComplete();
        }
    }
}
