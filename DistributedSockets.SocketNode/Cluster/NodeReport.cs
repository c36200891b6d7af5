// What this node tells the cluster about itself at the moment.
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>What this node tells the cluster about itself with each renewal of its lease. For the lease's loop only: rates are those since its last call.</summary>
internal sealed class NodeReport(NodeIdentity identity, NodeStatus status, ConnectionTable table, NodeMetrics metrics, LoopbackProbe probe, TimeProvider time)
{
    /// <summary>A renewal out of turn comes right after another one: over so short a time a rate says nothing, and the one before stands.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(250);

    private long _since = time.GetTimestamp();
    private (long In, long Out) _before;
    private (double In, double Out) _rates;

    public NodeInfo Take()
    {
        var elapsed = time.GetElapsedTime(_since);
        if (elapsed >= ShortestInterval)
        {
            var now = (In: metrics.MessagesIn.Total, Out: metrics.MessagesOut.Total);
            _rates = (Rate(now.In - _before.In, elapsed), Rate(now.Out - _before.Out, elapsed));
            _before = now;
            _since = time.GetTimestamp();
        }

        return identity.Info with
        {
            Draining = status.Phase == NodePhase.Stopping,
            Load = new NodeLoad(table.ConnectionCount, table.UserCount, _rates.In, _rates.Out, ProbeMs()),
        };
    }

    private static double Rate(long count, TimeSpan elapsed) => Math.Round(count / elapsed.TotalSeconds, 1);

    private double? ProbeMs() => !probe.IsDeaf && probe.LastLag is { } lag ? Math.Round(lag.TotalMilliseconds, 2) : null;
}
