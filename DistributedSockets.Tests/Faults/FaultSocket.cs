// One connection of a ds.v1.json client: objects in, objects out, and how it ended.
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace DistributedSockets.Tests.Faults;

/// <summary>One connection of a ds.v1.json client.</summary>
internal sealed class FaultSocket : IDisposable
{
    /// <summary>The code of an end without a close frame.</summary>
    public const int NoCloseFrame = 1006;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly ClientWebSocket _socket;
    private readonly Channel<string> _out = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private volatile TaskCompletionSource _reading = new();

    private FaultSocket(ClientWebSocket socket, int number, Uri node)
    {
        _socket = socket;
        Number = number;
        Node = node;
        _reading.SetResult();
    }

    /// <summary>Counts the device's connections.</summary>
    public int Number { get; }

    public Uri Node { get; }

    /// <summary>Null when the node refuses or does not answer.</summary>
    public static async Task<FaultSocket?> TryConnectAsync(Uri node, string user, int number, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("ds.v1.json");
        socket.Options.KeepAliveInterval = TimeSpan.Zero;

        // Small, so that one who does not read is one whom the node notices.
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = (context, token) => DialAsync(context.DnsEndPoint, token) });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectLimit);
        try
        {
            await socket.ConnectAsync(Support.TestClient.Address(node, user), invoker, limit.Token);
            return new FaultSocket(socket, number, node);
        }
        catch (Exception exception) when (exception is WebSocketException or HttpRequestException or SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    public void Post(string frame) => _out.Writer.TryWrite(frame);

    /// <summary>From now on it does not read, until <see cref="ReadAgain"/>.</summary>
    public void StopReading() => _reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ReadAgain() => _reading.TrySetResult();

    /// <summary>Leaves without a word.</summary>
    public void Abort()
    {
        ReadAgain();
        _socket.Abort();
    }

    /// <summary>Reads and writes until the connection has ended; returns its close code.</summary>
    public async Task<int> RunAsync(Action<JsonElement> onObject)
    {
        await Task.Yield();
        var writing = WriteAsync();
        var code = await ReadAsync(onObject);
        _out.Writer.TryComplete();
        _socket.Abort();
        await writing;
        return code;
    }

    /// <summary>Leaves on purpose, with a close frame; the reader sees the answer.</summary>
    public async Task CloseAsync()
    {
        using var limit = new CancellationTokenSource(CloseLimit);
        try
        {
            _out.Writer.TryComplete();
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or InvalidOperationException or IOException)
        {
            _socket.Abort();
        }
    }

    public void Dispose() => _socket.Dispose();

    private static async ValueTask<Stream> DialAsync(System.Net.DnsEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 16 * 1024 };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What has collected goes out in one frame, an object a line: a node has to take several.</summary>
    private async Task WriteAsync()
    {
        var text = new StringBuilder();
        try
        {
            while (await _out.Reader.WaitToReadAsync())
            {
                text.Clear();
                while (text.Length < 16 * 1024 && _out.Reader.TryRead(out var frame))
                {
                    text.Append(frame).Append('\n');
                }

                await _socket.SendAsync(Encoding.UTF8.GetBytes(text.ToString()), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // The reader sees the same end.
        }
    }

    private async Task<int> ReadAsync(Action<JsonElement> onObject)
    {
        var buffer = new byte[16 * 1024];
        var frame = new MemoryStream();
        try
        {
            while (true)
            {
                await _reading.Task;
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return (int?)_socket.CloseStatus ?? NoCloseFrame;
                }

                frame.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Read(frame.GetBuffer().AsMemory(0, (int)frame.Length), onObject);
                    frame.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return NoCloseFrame;
        }
    }

    /// <summary>A frame may carry several objects, one a line.</summary>
    private static void Read(ReadOnlyMemory<byte> frame, Action<JsonElement> onObject)
    {
        while (!frame.IsEmpty)
        {
            var end = frame.Span.IndexOf((byte)'\n');
            var line = end < 0 ? frame : frame[..end];
            frame = end < 0 ? default : frame[(end + 1)..];
            if (!line.IsEmpty)
            {
                using var document = JsonDocument.Parse(line);
                onObject(document.RootElement);
            }
        }
    }
}
