// Who is in which state, now and from now on. Resources are known by their name or by their id (name and 8 letters).
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

public sealed class ResourceNotificationService
{
    // A watcher that falls this far behind loses the oldest events and still sees the newest state.
    private const int WatcherCapacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];


    internal ResourceNotificationService(WaitBehavior defaultWaitBehavior) => DefaultWaitBehavior = defaultWaitBehavior;

    internal WaitBehavior DefaultWaitBehavior { get; }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
        {
            resourceEvent = _current.GetValueOrDefault(resourceId) ?? _current.Values.FirstOrDefault(current => Is(current, resourceId));
            return resourceEvent is not null;
        }
    }

    /// <summary>The present state of every resource, then each change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<ResourceEvent>(new BoundedChannelOptions(WatcherCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            foreach (var current in _current.Values)
            {
                channel.Writer.TryWrite(current);
            }

            _watchers.Add(channel);
        }

        try
        {
            await foreach (var resourceEvent in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return resourceEvent;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(channel);
            }
        }
    }

    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var resourceEvent in WatchAsync(cancellationToken))
        {
            if (Is(resourceEvent, resourceName) && predicate(resourceEvent))
            {
                return resourceEvent;
            }
        }

        throw new OperationCanceledException("The application ended while a resource was awaited.");
    }

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var wanted = targetStates.ToArray();
        var reached = await WaitForResourceAsync(resourceName, current => wanted.Contains(current.Snapshot.State?.Text), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(
            resourceName,
            current => IsHealthy(current) || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsDown(current)),
            cancellationToken);
        return IsHealthy(reached)
            ? reached
            : throw new DistributedApplicationException($"Resource '{resourceName}' will not become healthy: its state is {reached.Snapshot.State!.Text}.");
    }

    internal static bool IsHealthy(ResourceEvent current) =>
        current.Snapshot.State?.Text == KnownResourceStates.Running && current.Snapshot.HealthStatus == HealthStatus.Healthy;

    internal static bool IsDown(ResourceEvent current) => KnownResourceStates.TerminalStates.Contains(current.Snapshot.State?.Text);

    internal void Add(IResource resource, string resourceId, CustomResourceSnapshot snapshot) => Publish(new ResourceEvent(resource, resourceId, snapshot));

    internal void Update(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        lock (_lock)
        {
            var current = _current[resource.Name];
            Publish(new ResourceEvent(resource, current.ResourceId, change(current.Snapshot)));
        }
    }

    private static bool Is(ResourceEvent current, string nameOrId) =>
        string.Equals(current.Resource.Name, nameOrId, StringComparison.OrdinalIgnoreCase)
        || string.Equals(current.ResourceId, nameOrId, StringComparison.OrdinalIgnoreCase);

    private void Publish(ResourceEvent resourceEvent)
    {
        lock (_lock)
        {
            _current[resourceEvent.Resource.Name] = resourceEvent;
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(resourceEvent);
            }
        }
    }
}
