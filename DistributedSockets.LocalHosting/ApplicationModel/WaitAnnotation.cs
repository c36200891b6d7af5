// What a resource waits for before it starts, what it refers to, and how it is known to be healthy.
namespace Aspire.Hosting.ApplicationModel;

/// <summary>What to do when the awaited resource has failed or ended: go on waiting, or give up.</summary>
public enum WaitBehavior
{
    WaitOnResourceUnavailable,
    StopOnResourceUnavailable,
}

internal sealed record WaitAnnotation(IResource Resource, WaitBehavior? Behavior) : IResourceAnnotation;

/// <summary>Whoever refers to a resource stops before it.</summary>
internal sealed record ReferenceAnnotation(IResource Resource) : IResourceAnnotation;

internal sealed record HealthCheckAnnotation(string Key) : IResourceAnnotation;
