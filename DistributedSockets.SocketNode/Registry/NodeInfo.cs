// What a node tells the cluster about itself, and what the cluster knows of its nodes.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>What a node tells the others about itself; shown to the operator and to a duplicate that wants its name.</summary>
/// <param name="StartedAt">Milliseconds since 1970 UTC.</param>
internal sealed record NodeInfo(NodeId Node, string Url, string Host, int ProcessId, string Version, long StartedAt)
{
    /// <summary>It is about to stop and lets nobody in.</summary>
    public bool Draining { get; init; }

    /// <summary>Null from a node whose version tells nothing of it.</summary>
    public NodeLoad? Load { get; init; }
}

/// <summary>How busy a node was at its last renewal, about every 2 s.</summary>
/// <param name="InPerSecond">Messages taken from connections, since the renewal before.</param>
/// <param name="OutPerSecond">Messages written to connections, likewise.</param>
/// <param name="ProbeMs">How long the node's last message to itself took; null when none has arrived.</param>
internal sealed record NodeLoad(int Connections, int Users, double InPerSecond, double OutPerSecond, double? ProbeMs)
{
    /// <summary>Null from a node whose version does not tell it.</summary>
    public NodeWork? Work { get; init; }
}

/// <summary>What a node's work is at its last renewal, and how much of it waits.</summary>
/// <param name="LocalPerSecond">Messages that found a connection on the node itself.</param>
/// <param name="RemotePerSecond">Messages that went to another node.</param>
/// <param name="InboxPerSecond">Messages that went into an inbox.</param>
/// <param name="SendQueue">Pushes that wait to be written to connections.</param>
/// <param name="Lanes">Messages of its connections that are on their way.</param>
/// <param name="BusQueue">Messages that wait for the broker.</param>
/// <param name="Memory">Bytes of the process.</param>
/// <param name="Bus">How the bus is: <c>connected</c>, <c>blocked</c> or <c>disconnected</c>.</param>
internal sealed record NodeWork(double LocalPerSecond, double RemotePerSecond, double InboxPerSecond, int SendQueue, int Lanes, int BusQueue, long Memory, string Bus);

/// <summary>The answer to a node that wants its name.</summary>
internal abstract record LeaseAttempt
{
    /// <summary>The name is mine under this incarnation, which is higher than any before.</summary>
    public sealed record Taken(NodeIncarnation Incarnation) : LeaseAttempt;

    /// <summary>Somebody holds it. <paramref name="Remaining"/> is how long their lease lasts unless renewed.</summary>
    public sealed record Held(NodeIncarnation Holder, NodeInfo? Info, TimeSpan Remaining) : LeaseAttempt;
}

/// <summary>The answer to a renewal.</summary>
internal enum LeaseRenewal
{
    /// <summary>Mine, and it never lapsed.</summary>
    Renewed,

    /// <summary>It had lapsed or the store was wiped, nobody took or reaped it: mine again. Sessions must be asserted again.</summary>
    TakenBack,

    /// <summary>A newer incarnation exists or this one was reaped: fenced. It may deliver nothing and delete nothing.</summary>
    Lost,
}

/// <summary>The living incarnations at one moment of the store's clock.</summary>
/// <param name="AsOf">The store's time in milliseconds since 1970 UTC; incarnations from it on may be newer than this picture.</param>
/// <param name="Living">With what each told about itself.</param>
internal sealed record LivingNodes(long AsOf, IReadOnlyDictionary<NodeIncarnation, NodeInfo?> Living)
{
    public static readonly LivingNodes None = new(0, new Dictionary<NodeIncarnation, NodeInfo?>());

    /// <summary>
    /// Whether a session on <paramref name="node"/> counts. An incarnation as new as the picture does: its number is the
    /// store's time at its boot, and leaving out a node that has just started would lose its users.
    /// </summary>
    public bool Counts(NodeIncarnation node) => node.Number >= AsOf || Living.ContainsKey(node);
}
