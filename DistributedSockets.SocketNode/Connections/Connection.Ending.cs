// How a connection ends: each part in its time, a peer that takes longer is cut off.
using System.Net.WebSockets;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    /// <summary>How long the other side has for its part of the closing handshake.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The node is going: the peer is asked to leave within <paramref name="after"/>, for <paramref name="url"/> if given. Returns at once.</summary>
    public void Drain(TimeSpan after, string? url)
    {
        // All that a plain client understands; it finds another node by itself.
        Close(CloseReason.Drain);
    }

    private async Task WhenClosingAsync() =>
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task SayGoodbyeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(
                (WebSocketCloseStatus?)_reason?.PlainCode ?? WebSocketCloseStatus.NormalClosure, _reason?.Text, CancellationToken.None);
        }
    }

    /// <summary>A peer that does not do its part of the ending in time is cut off.</summary>
    private async Task EndInTimeAsync(Task part, string name)
    {
        await part.WaitAsync(CloseTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!part.IsCompleted)
        {
            _socket.Abort();
        }

        await EndAsync(part, name);
    }

    private async Task EndAsync(Task part, string name)
    {
        try
        {
            await part;
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // The usual ends of a connection: the peer went away, or we closed it.
            LogEnded(exception, Session.Connection, name);
        }
    }

    [LoggerMessage(1005, LogLevel.Debug, "Connection {ConnectionId} ended in its {Part} part")]
    private partial void LogEnded(Exception exception, ConnectionId connectionId, string part);
}
