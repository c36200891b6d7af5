// What /health says of this node beyond Redis' own check.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Inbox;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>Red unless the node serves: not started, cut off from Redis, fenced, stopping.</summary>
internal sealed class NodeHealthCheck(NodeStatus status) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(status.Phase == NodePhase.Serving
            ? HealthCheckResult.Healthy($"{status.Self} serves")
            : HealthCheckResult.Unhealthy($"phase: {status.Phase}"));
}

/// <summary>
/// Degraded while the broker is away or blocked: everything stored still arrives by catch-up, and a balancer must not drop the whole cluster. Red when the broker works and
/// this node does not hear itself.
/// </summary>
internal sealed class BusHealthCheck(INodeBus bus, LoopbackProbe probe) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(bus.State switch
        {
            BusState.Connected when probe.IsDeaf => HealthCheckResult.Unhealthy("deaf: what the broker accepts for this node does not arrive"),
            BusState.Connected => HealthCheckResult.Healthy(probe.LastLag is { } lag ? $"connected; loopback probe {lag.TotalMilliseconds:0.0} ms" : "connected"),
            BusState.Blocked => HealthCheckResult.Degraded("the broker accepts nothing (memory or disk alarm); messages go through the inboxes"),
            _ => HealthCheckResult.Degraded("not connected; messages to other nodes go through the inboxes"),
        });
}

/// <summary>Degraded while an inbox is known whose counters and content differ. The node serves: nobody is helped by sending users elsewhere.</summary>
internal sealed class LedgerHealthCheck(LedgerStatus ledger) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ledger.OutOfBalance == 0
            ? HealthCheckResult.Healthy("every inbox that this node has visited balances")
            : HealthCheckResult.Degraded($"inboxes that do not balance: {ledger.OutOfBalance}; the log names their users"));
}
