// The resources that are a program: a project of this solution, any other executable, a server.
namespace Aspire.Hosting.ApplicationModel;

public sealed class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport;

public sealed class ExecutableResource(string name, string command, string workingDirectory)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    public string Command { get; } = command;

    public string WorkingDirectory { get; } = workingDirectory;
}

/// <summary>Aspire runs its servers in containers, hence the name; here they are local processes.</summary>
public abstract class ContainerResource(string name)
    : Resource(name), IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport;
