// Node-to-node transport.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Node-to-node transport. Envelopes published to one incarnation by one caller, each publish awaited before the next, arrive in that order,
/// at most once, and never at another incarnation of the same node.
/// </summary>
internal interface INodeBus
{
    /// <summary>Whether publishes can be expected to work now.</summary>
    BusState State { get; }

    /// <summary>Messages that wait to be published.</summary>
    int Waiting { get; }

    /// <summary>What the broker says its version is; null while it is away, and where there is none.</summary>
    string? BrokerVersion { get; }

    /// <summary>
    /// Carries envelopes to a node's queue, all with one outcome. Returns within about 5 s whatever happens to the broker; never throws for a broker's failure.
    /// Envelopes for the same node that come while a publish to it is in flight travel together in the next one.
    /// </summary>
    Task<PublishOutcome> PublishAsync(NodeIncarnation target, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a fast message for a node's queue as it is, and returns at once. The answer comes to <paramref name="recipient"/>, who is asked first whether the message may go
    /// that way. What is posted keeps its order, also with what comes back. False: not taken, there is no room or the recipient said no.
    /// </summary>
    bool TryPost(NodeIncarnation target, in FastMessage message, Recipient recipient);

    /// <summary>Tells a node something that is worth nothing when late: best effort, never stored, dropped when the bus is not connected.</summary>
    void Tell(NodeIncarnation target, Notice notice);

    /// <summary>As <see cref="Tell(NodeIncarnation, Notice)"/>, to every node that listens to the shard.</summary>
    void Tell(int shard, Notice notice);

    /// <summary>Tells a node something that matters, the way that envelopes go. Returns within about 5 s; never throws for a broker's failure.</summary>
    Task<PublishOutcome> TellAsync(NodeIncarnation target, Notice notice, CancellationToken cancellationToken);

    /// <summary>As <see cref="TellAsync(NodeIncarnation, Notice, CancellationToken)"/>, to every node that listens to the shard. <see cref="PublishOutcome.Unroutable"/> when none does.</summary>
    Task<PublishOutcome> TellAsync(int shard, Notice notice, CancellationToken cancellationToken);

    /// <summary>
    /// Carries what was sent to a room to every node that listens to its shard, the one that publishes too. Returns within about 5 s; never throws for a broker's failure.
    /// <see cref="PublishOutcome.Unroutable"/> also when nobody listens.
    /// </summary>
    Task<PublishOutcome> PublishAsync(RoomBatch batch, CancellationToken cancellationToken);

    /// <summary>What is published to the shard arrives at <paramref name="self"/> from the completion on until <see cref="Ignore"/>. Through outages of the broker: it may take as long as they do.</summary>
    Task ListenAsync(NodeIncarnation self, int shard);

    /// <summary>Listens no more; returns at once.</summary>
    void Ignore(NodeIncarnation self, int shard);

    /// <summary>
    /// Receives for <paramref name="self"/> until cancelled, through outages of the broker. On cancellation the node is first unbound, so that nothing more
    /// arrives, then what already lay on its queue is handed over (for a few seconds at most), then the task completes.
    /// </summary>
    Task ConsumeAsync(NodeIncarnation self, BusReceiver receiver, CancellationToken cancellationToken);
}

/// <summary>What became of a publish.</summary>
internal enum PublishOutcome
{
    /// <summary>On the queue of exactly that incarnation.</summary>
    Routed,

    /// <summary>Certainly on no queue: the broker returned it, or it was never sent since the bus is not connected or blocked.</summary>
    Unroutable,

    /// <summary>Refused, timed out or cut off: it may arrive or not.</summary>
    Unknown,
}

/// <summary>How the bus is.</summary>
internal enum BusState
{
    Disconnected,

    /// <summary>Connected, but the broker accepts nothing (memory or disk alarm).</summary>
    Blocked,

    Connected,
}

/// <summary>Who receives. The calls come one at a time, in the order of the queue.</summary>
/// <param name="OnEnvelopes">Takes over envelopes; their bytes are good, and the broker remembers them, until the task completes. Must not throw.</param>
/// <param name="OnNotice">Takes a notice. Must not throw.</param>
/// <param name="OnRoom">Takes what was sent to a room. Must not throw.</param>
/// <param name="OnResumed">The queue is bound (anew): whatever was hinted before that is lost and must be caught up from the inboxes.</param>
internal sealed record BusReceiver(Func<EnvelopeBatch, ValueTask> OnEnvelopes, Action<Notice> OnNotice, Func<RoomBatch, ValueTask> OnRoom, Action OnResumed);

/// <summary>What nodes tell each other apart from messages. <paramref name="From"/> is the node that speaks.</summary>
internal abstract record Notice(NodeIncarnation From)
{
    /// <summary>The user has opened a session on the speaking node.</summary>
    public sealed record Opened(NodeIncarnation From, UserId User) : Notice(From);

    /// <summary>The user has no session on the speaking node any more.</summary>
    public sealed record Closed(NodeIncarnation From, UserId User) : Notice(From);

    /// <summary>The speaking node's user has opened the device that this connection had.</summary>
    public sealed record Superseded(NodeIncarnation From, UserId User, ConnectionId Connection) : Notice(From);

    /// <summary>The sessions of a dead incarnation have been closed by the speaking node.</summary>
    public sealed record Reaped(NodeIncarnation From, NodeIncarnation Dead) : Notice(From);

    /// <summary>The speaking node listens to itself: it publishes this to its own queue and waits for it.</summary>
    public sealed record Probe(NodeIncarnation From, long Number) : Notice(From);

    /// <summary>A user of the speaking node types to one who may be on this one.</summary>
    public sealed record Typing(NodeIncarnation From, UserId User, UserId To, bool On) : Notice(From);

    /// <summary>The user's rooms have changed: what the receiving node's connections of the user are in has to follow.</summary>
    public sealed record Membership(NodeIncarnation From, UserId User) : Notice(From);

    /// <summary>The user has read in the room up to there, on a device at the speaking node.</summary>
    public sealed record RoomRead(NodeIncarnation From, UserId User, RoomId Room, long Upto) : Notice(From);

    /// <summary>A user of the speaking node types to a room.</summary>
    public sealed record RoomTyping(NodeIncarnation From, UserId User, RoomId Room, bool On) : Notice(From);

    /// <summary>The members of the room are others now: who watches them reads them again.</summary>
    public sealed record RoomChanged(NodeIncarnation From, RoomId Room) : Notice(From);

    /// <summary>Users whom somebody on this node watches have come, gone, or changed their status.</summary>
    public sealed record PresenceChanged(NodeIncarnation From, IReadOnlyList<PresenceState> States) : Notice(From);

    /// <summary>The server API wants these connections of the user closed, and no others: who has come back since stays.</summary>
    /// <param name="Code">The close code for ds.v1 connections.</param>
    public sealed record Disconnect(NodeIncarnation From, UserId User, IReadOnlyList<ConnectionId> Connections, int Code, string Reason) : Notice(From);

    /// <summary>A hop of a message whose sender has asked for it and is connected to this node.</summary>
    /// <param name="At">By the speaking node's clock: milliseconds since 1970 UTC.</param>
    /// <param name="Us">Microseconds since the step before on that node.</param>
    public sealed record Hop(NodeIncarnation From, UserId User, ConnectionId Connection, MessageId Message, long At, string Step, long Us) : Notice(From);
}
