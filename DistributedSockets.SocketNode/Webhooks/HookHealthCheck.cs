// What /health says of webhooks.
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>Degraded while the back end accepts nothing: events wait, and messages do not.</summary>
internal sealed class HookHealthCheck(HookEndpoint endpoint) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(endpoint.Trouble is { } trouble
            ? HealthCheckResult.Degraded($"{endpoint.Address} accepts no events: {trouble}; they wait")
            : HealthCheckResult.Healthy("no event has failed lately"));
}
