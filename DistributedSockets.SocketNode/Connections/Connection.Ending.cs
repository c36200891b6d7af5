// How a connection ends: each part in its time, a peer that takes longer is cut off.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    /// <summary>How long the other side has for its part of the closing handshake.</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Whether the client has said that it leaves.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>The client says that it leaves. Returns at once.</summary>
    public void Leave()
    {
        HasLeft = true;
        Close(null);
    }

    /// <summary>A peer that does not do its part of the ending in time is cut off.</summary>
    private async Task EndInTimeAsync(Task part, string name)
    {
        await part.WaitAsync(CloseTimeout, _services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or IOException)
        {
            // The usual ends of a connection: the peer went away, or we closed it.
            LogEnded(exception, Session.Connection, name);
        }
    }

    [LoggerMessage(1005, LogLevel.Debug, "Connection {ConnectionId} ended in its {Part} part")]
    private partial void LogEnded(Exception exception, ConnectionId connectionId, string part);
}
