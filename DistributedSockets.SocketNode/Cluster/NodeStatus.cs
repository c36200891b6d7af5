// What this node may do at the moment: which boot it is, whether it serves, and how fresh its right to deliver is.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Cluster;

internal enum NodePhase
{
    /// <summary>No lease yet: waits for Redis, or for the end of an earlier boot's lease.</summary>
    Starting,

    Serving,

    /// <summary>Redis does not answer: sockets and local delivery go on, nobody new is let in.</summary>
    CutOff,

    /// <summary>Another boot has the name, or this one was reaped: everything is being closed before a new incarnation is taken.</summary>
    Fenced,

    Stopping,
}

/// <summary>What this node may do at the moment. Written by the lease's loop, read on the path of every message.</summary>
internal sealed class NodeStatus(TimeProvider time)
{
    private static readonly TimeSpan FreshPoll = TimeSpan.FromMilliseconds(20);

    private volatile NodePhase _phase = NodePhase.Starting;
    private volatile LivingNodes _nodes = LivingNodes.None;
    private volatile StrongBox<NodeIncarnation> _self = new();
    private volatile bool _isStoreAway;
    private long _freshUntil = long.MaxValue;
    private long _servingSince;

    public NodePhase Phase => _phase;

    /// <summary>This boot; default before the first lease.</summary>
    public NodeIncarnation Self => _self.Value;

    /// <summary>Whether new connections are let in.</summary>
    public bool Admits => _phase == NodePhase.Serving;

    /// <summary>Whether Redis has left the last renewal of the lease without an answer.</summary>
    public bool IsStoreAway
    {
        get => _isStoreAway;
        set => _isStoreAway = value;
    }

    /// <summary>For how long the node has been serving; zero when it does not.</summary>
    public TimeSpan ServingFor => Admits ? time.GetElapsedTime(Volatile.Read(ref _servingSince)) : TimeSpan.Zero;

    /// <summary>The living nodes as of about a second ago.</summary>
    public LivingNodes Nodes
    {
        get => _nodes;
        set => _nodes = value;
    }

    /// <summary>Whether this process has been running, and its lease loop with it, since the lease was last looked after. False after SIGSTOP for longer than the lease.</summary>
    public bool IsFresh => time.GetTimestamp() <= Volatile.Read(ref _freshUntil);

    public void Begin(NodeIncarnation self)
    {
        _self = new StrongBox<NodeIncarnation>(self);
        _phase = NodePhase.Starting;
    }

    public void Enter(NodePhase phase) => _phase = phase;

    /// <summary>Goes from one phase to another, unless the node is in a third by now.</summary>
    public void Enter(NodePhase phase, NodePhase from)
    {
        if (phase == NodePhase.Serving)
        {
            Volatile.Write(ref _servingSince, time.GetTimestamp());
        }

        Interlocked.CompareExchange(ref _phase, phase, from);
    }

    /// <summary>The lease's loop has spoken at <paramref name="timestamp"/>; its word is good for <paramref name="lease"/>.</summary>
    public void Refresh(long timestamp, TimeSpan lease) =>
        Volatile.Write(ref _freshUntil, timestamp + (long)(lease.TotalSeconds * time.TimestampFrequency));

    /// <summary>No socket of this incarnation takes a message any more: what was received for it may go on to other nodes and inboxes without being judged.</summary>
    public void LetGo() => Volatile.Write(ref _freshUntil, long.MaxValue);

    /// <summary>
    /// Completes at once in the usual case. A process that slept past its lease may have been replaced: before it delivers anything, its lease loop has
    /// to ask.
    /// </summary>
    public ValueTask WhenFreshAsync(CancellationToken cancellationToken) => IsFresh ? ValueTask.CompletedTask : new ValueTask(WaitAsync(cancellationToken));

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        // Rare and short: after a stop of the whole process, until the lease's loop has asked. Nobody is woken earlier by something cleverer.
        while (!IsFresh)
        {
            await Task.Delay(FreshPoll, time, cancellationToken);
        }
    }
}
