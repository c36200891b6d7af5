// What is known of a node at one moment, and of all of them.
namespace DistributedSockets.Web.Cluster;

internal enum NodeHealth
{
    /// <summary>Not asked yet.</summary>
    Unknown,
    Healthy,
    Degraded,

    /// <summary>It answers, and says that it cannot serve.</summary>
    Unhealthy,

    /// <summary>It does not answer.</summary>
    Unreachable,
}

/// <summary>What is known of a node at one moment.</summary>
/// <param name="Address">The node as the configuration names it.</param>
/// <param name="Detail">What is wrong, in words for people; null when nothing is.</param>
/// <param name="Info">What the node told about itself; null when it did not answer.</param>
internal sealed record NodeStatus(NodeAddress Address, NodeHealth Health, string? Detail, NodeInfo? Info);

/// <summary>A node's answer to <c>GET /info</c>, as far as the page shows it.</summary>
/// <param name="Standalone">Not part of a cluster: nothing it is sent reaches users of other nodes.</param>
internal sealed record NodeInfo(string Node, string Incarnation, long? Connections, long? Users, bool Standalone, string? Version);

/// <summary>All nodes at one moment, in the order of the directory.</summary>
internal sealed record ClusterSnapshot(IReadOnlyList<NodeStatus> Nodes)
{
    public bool Equals(ClusterSnapshot? other) => other is not null && Nodes.SequenceEqual(other.Nodes);

    public override int GetHashCode() => Nodes.Count;
}
