// Asks a running resource's health checks and publishes what they say.
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedSockets.LocalHosting.Running;

internal sealed class HealthMonitor(HealthCheckService checks, ResourceNotificationService notifications, TimeProvider time)
{
    // Aspire asks once a second and more slowly; here the wait of a start is made of these.
    private static readonly TimeSpan StartingPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan UnhealthyPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HealthyPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StartingTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(5);

    /// <summary>Runs until cancelled; returns how long ago the resource first was healthy, null if it never was.</summary>
    public async Task<TimeSpan?> RunAsync(IResource resource, CancellationToken cancellationToken)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(annotation => annotation.Key).ToHashSet();
        var started = time.GetTimestamp();
        long? healthySince = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var status = keys.Count == 0 ? HealthStatus.Healthy : await CheckAsync(keys, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            if (status == HealthStatus.Healthy)
            {
                healthySince ??= time.GetTimestamp();
            }

            notifications.Update(resource, snapshot => snapshot with { HealthStatus = status });
            var period = status == HealthStatus.Healthy ? HealthyPeriod
                : time.GetElapsedTime(started) < StartingTime ? StartingPeriod
                : UnhealthyPeriod;
            await Task.Delay(period, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return healthySince is { } since ? time.GetElapsedTime(since) : null;
    }

    private async Task<HealthStatus> CheckAsync(HashSet<string> keys, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CheckLimit);
        try
        {
            return (await checks.CheckHealthAsync(registration => keys.Contains(registration.Name), limit.Token)).Status;
        }
        catch (OperationCanceledException)
        {
            return HealthStatus.Unhealthy;
        }
    }
}
