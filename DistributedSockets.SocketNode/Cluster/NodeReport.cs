// What this node tells the cluster about itself at the moment.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>What this node tells the cluster about itself with each renewal of its lease. For the lease's loop only: rates are those since its last call.</summary>
internal sealed class NodeReport(NodeIdentity identity, NodeStatus status, ConnectionTable table, NodeMetrics metrics, INodeBus bus, LoopbackProbe probe, TimeProvider time)
{
    /// <summary>A renewal out of turn comes right after another one: over so short a time a rate says nothing, and the one before stands.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(250);

    private long _since = time.GetTimestamp();
    private Counts _before;
    private Rates _rates;

    public NodeInfo Take()
    {
        var elapsed = time.GetElapsedTime(_since);
        if (elapsed >= ShortestInterval)
        {
            var now = new Counts(
                metrics.MessagesIn.Total, metrics.MessagesOut.Total, metrics.DeliveredTotal(Delivery.Local), metrics.DeliveredTotal(Delivery.Remote), metrics.DeliveredTotal(Delivery.Inbox));
            _rates = new Rates(
                Rate(now.In - _before.In, elapsed),
                Rate(now.Out - _before.Out, elapsed),
                Rate(now.Local - _before.Local, elapsed),
                Rate(now.Remote - _before.Remote, elapsed),
                Rate(now.Inbox - _before.Inbox, elapsed));
            _before = now;
            _since = time.GetTimestamp();
        }

        return identity.Info with
        {
            Draining = status.Phase == NodePhase.Stopping,
            Load = new NodeLoad(table.ConnectionCount, table.UserCount, _rates.In, _rates.Out, ProbeMs())
            {
                Work = new NodeWork(
                    _rates.Local, _rates.Remote, _rates.Inbox, table.Waiting.Queued, table.Waiting.OnTheirWay, bus.Waiting, Environment.WorkingSet, Word(bus.State)),
            },
        };
    }

    private static double Rate(long count, TimeSpan elapsed) => Math.Round(count / elapsed.TotalSeconds, 1);

    private static string Word(BusState state) => state switch
    {
        BusState.Connected => "connected",
        BusState.Blocked => "blocked",
        _ => "disconnected",
    };

    private double? ProbeMs() => !probe.IsDeaf && probe.LastLag is { } lag ? Math.Round(lag.TotalMilliseconds, 2) : null;

    private readonly record struct Counts(long In, long Out, long Local, long Remote, long Inbox);

    private readonly record struct Rates(double In, double Out, double Local, double Remote, double Inbox);
}
