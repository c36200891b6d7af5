// WaitFor: a resource starts when all that it waits for is running and healthy.
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Display;

namespace DistributedSockets.LocalHosting.Running;

internal sealed class DependencyWait(ResourceNotificationService notifications)
{
    public async Task WaitAsync(IResource resource, ResourceLog log, CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().ToArray();
        if (waits.Length == 0)
        {
            return;
        }

        notifications.Update(resource, snapshot => snapshot with { State = new ResourceStateSnapshot(KnownResourceStates.Waiting, Style: null) });
        await Task.WhenAll(waits.Select(wait => WaitForOneAsync(wait, log, cancellationToken)));
    }

    private async Task WaitForOneAsync(WaitAnnotation wait, ResourceLog log, CancellationToken cancellationToken)
    {
        var name = wait.Resource.Name;
        if (notifications.TryGetCurrentState(name, out var now) && ResourceNotificationService.IsHealthy(now))
        {
            return;
        }

        log.Note($"waiting for {name}");
        var reached = await notifications.WaitForResourceAsync(name, current => IsOver(current), cancellationToken);
        if (ResourceNotificationService.IsHealthy(reached))
        {
            return;
        }

        var state = reached.Snapshot.State!.Text;
        if ((wait.Behavior ?? notifications.DefaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable)
        {
            throw new DistributedApplicationException($"{name}, which it waits for, is {state}");
        }

        log.Problem($"still waiting: {name} is {state}");
        await notifications.WaitForResourceAsync(name, ResourceNotificationService.IsHealthy, cancellationToken);
    }

    private static bool IsOver(ResourceEvent current) => ResourceNotificationService.IsHealthy(current) || ResourceNotificationService.IsDown(current);
}
