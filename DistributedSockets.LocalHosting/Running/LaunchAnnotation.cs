// How a resource becomes processes. Everything that runs has one; the runner knows nothing else about kinds of resources.
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.LocalHosting.Running;

/// <summary>Gives the commands in the order in which they are started; they are ended in reverse. The last one is the resource's main process.</summary>
internal sealed record LaunchAnnotation(Func<LaunchContext, Task<IReadOnlyList<ServerCommand>>> PrepareAsync) : IResourceAnnotation;

internal sealed record LaunchContext(
    string DataFolder,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    IProgress<string> Progress,
    CancellationToken CancellationToken);

/// <summary>The eight letters that tell this run of a resource from others of the same name.</summary>
internal sealed record InstanceAnnotation(string Suffix) : IResourceAnnotation;
