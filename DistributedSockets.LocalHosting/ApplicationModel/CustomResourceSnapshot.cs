// What is known about a resource at one moment. Records with Aspire's names and positions.
using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    /// <summary>Null while it doesn't run.</summary>
    public HealthStatus? HealthStatus { get; init; }

    /// <summary>Of the last process, until the next one runs.</summary>
    public int? ExitCode { get; init; }

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];
}

public sealed record ResourceStateSnapshot(string Text, string? Style);

public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal);

public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <summary>The process id of a running resource is the property <c>executable.pid</c>.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value);

public sealed class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
