// Starts, stops and restarts a resource of the running application.
using DistributedSockets.LocalHosting.Running;

namespace Aspire.Hosting.ApplicationModel;

public sealed class ResourceCommandService
{
    private readonly Orchestrator _orchestrator;

    internal ResourceCommandService(Orchestrator orchestrator) => _orchestrator = orchestrator;

    /// <summary>"stop" answers when the process is gone, "start" and "restart" as soon as the new state is known: wait for it with ResourceNotifications.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (_orchestrator.FindRunner(resourceId) is not { } runner)
        {
            return new ExecuteCommandResult { Success = false, ErrorMessage = $"There is no resource '{resourceId}' that can be started or stopped." };
        }

        if (commandName == KnownResourceCommands.StopCommand || commandName == KnownResourceCommands.RestartCommand)
        {
            await runner.StopAsync(cancellationToken);
        }

        if (commandName == KnownResourceCommands.StartCommand || commandName == KnownResourceCommands.RestartCommand)
        {
            await runner.StartAsync(cancellationToken);
        }
        else if (commandName != KnownResourceCommands.StopCommand)
        {
            return new ExecuteCommandResult { Success = false, ErrorMessage = $"Resource '{resourceId}' has no command '{commandName}'." };
        }

        return new ExecuteCommandResult { Success = true };
    }

    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource.Name, commandName, cancellationToken);
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public string? ErrorMessage { get; init; }
}
