// A WebSocket whose other side is the test.
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace DistributedSockets.Tests.Support;

/// <summary>A WebSocket whose other side is the test: it sees what is written, and leaves when it says so.</summary>
internal sealed class FakeSocket : WebSocket
{
    private readonly Channel<string> _written = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebSocketState _state = WebSocketState.Open;
    private WebSocketCloseStatus? _closeStatus;

    /// <summary>Writes wait for this: a reader that has stopped reading.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Frames written and not yet read by the test.</summary>
    public int Waiting => _written.Reader.Count;

    public override WebSocketCloseStatus? CloseStatus => _closeStatus;

    public override string? CloseStatusDescription => null;

    public override WebSocketState State => _state;

    public override string? SubProtocol => null;

    /// <summary>The body of the next frame, without its quotes.</summary>
    public async Task<string> NextAsync()
    {
        var frame = await _written.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        return frame.Split("\"body\":")[1].TrimEnd('}').Trim('"');
    }

    public async Task<IReadOnlyList<string>> NextAsync(int count)
    {
        var bodies = new List<string>();
        while (bodies.Count < count)
        {
            bodies.Add(await NextAsync());
        }

        return bodies;
    }

    /// <summary>The other side closes.</summary>
    public void Leave() => _left.TrySetResult();

    public override async Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        _written.Writer.TryWrite(Encoding.UTF8.GetString(buffer));
    }

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        await _left.Task.WaitAsync(cancellationToken);
        _state = WebSocketState.CloseReceived;
        return new WebSocketReceiveResult(0, WebSocketMessageType.Close, endOfMessage: true);
    }

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        _closeStatus = closeStatus;
        Leave();
        return Task.CompletedTask;
    }

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override void Abort()
    {
        _state = WebSocketState.Aborted;
        Leave();
    }

    public override void Dispose() => Abort();
}
