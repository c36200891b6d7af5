// The connection that wants to know of a message's hops, and the clock that measures between them.
namespace DistributedSockets.SocketNode.Messaging;

/// <summary>The connection that wants to know of a message's hops. One object per message and node: it measures the time between the steps on this node.</summary>
internal sealed class HopListener(NodeIncarnation node, UserId user, ConnectionId connection)
{
    private long _lastStep;

    /// <summary>The node that the sender is connected to.</summary>
    public NodeIncarnation Node => node;

    public UserId User => user;

    public ConnectionId Connection => connection;

    /// <summary>The time since the step before on this node; zero for the first.</summary>
    public TimeSpan Step(TimeProvider time)
    {
        var now = time.GetTimestamp();
        var before = Interlocked.Exchange(ref _lastStep, now);
        return before == 0 ? TimeSpan.Zero : time.GetElapsedTime(before, now);
    }
}
