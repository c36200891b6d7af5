// What is known of a node at one moment, and of all of them.
namespace DistributedSockets.Web.Cluster;

public enum NodeHealth
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
public sealed record NodeStatus(NodeAddress Address, NodeHealth Health, string? Detail, NodeInfo? Info)
{
    /// <summary>What it told last, when it does not answer now.</summary>
    public NodeInfo? LastInfo { get; init; } = Info;
}

/// <summary>A node's answer to <c>GET /info</c>, as far as the page shows it.</summary>
/// <param name="Standalone">Not part of a cluster: nothing it is sent reaches users of other nodes.</param>
public sealed record NodeInfo(string Node, string Incarnation, long? Connections, long? Users, bool Standalone, string? Version)
{
    /// <summary>Which process it is; null where it does not tell.</summary>
    public NodeProcess? Process { get; init; }
}

/// <param name="StartedAt">Milliseconds since 1970 UTC.</param>
public sealed record NodeProcess(int Id, long StartedAt);

/// <summary>All nodes at one moment, in the order of the directory.</summary>
internal sealed record ClusterSnapshot(IReadOnlyList<NodeStatus> Nodes)
{
    /// <summary>What the first node that answered told of the cluster; null when none could.</summary>
    public ClusterReport? Report { get; init; }

    /// <summary>Why there is no report.</summary>
    public string? ReportProblem { get; init; }

    /// <summary>What the cluster knows of the node; null for one that does not live.</summary>
    public ReportedNode? ReportOf(NodeStatus node) => Report?.Nodes.LastOrDefault(told => told.Node == node.LastInfo?.Node);
}
