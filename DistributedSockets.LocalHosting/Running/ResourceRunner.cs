// One resource's life: wait, start, watch, start again after a crash, stop.
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Display;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedSockets.LocalHosting.Running;

internal sealed class ResourceRunner(IResource resource, LaunchAnnotation launch, RunContext run) : IDisposable
{
    private readonly SemaphoreSlim _command = new(1, 1);
    private readonly ResourceLog _log = run.Logs.For(resource.Name);
    private CancellationTokenSource _stopping = new();
    private Task _life = Task.CompletedTask;

    public IResource Resource => resource;

    /// <summary>Does nothing to a resource that runs, or is about to.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        try
        {
            if (_life.IsCompleted)
            {
                _stopping.Dispose();
                _stopping = new CancellationTokenSource();
                Publish(KnownResourceStates.Starting, exitCode: null);
                _life = Task.Run(() => LiveAsync(_stopping.Token), CancellationToken.None);
            }
        }
        finally
        {
            _command.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        try
        {
            await _stopping.CancelAsync();
            await _life.WaitAsync(cancellationToken);
        }
        finally
        {
            _command.Release();
        }
    }

    public void Dispose()
    {
        _command.Dispose();
        _stopping.Dispose();
    }

    private async Task LiveAsync(CancellationToken stopping)
    {
        try
        {
            await run.Dependencies.WaitAsync(resource, _log, stopping);
            var policy = new RestartPolicy();
            while (true)
            {
                var (exitCode, healthyFor) = await RunOnceAsync(stopping);
                if (stopping.IsCancellationRequested)
                {
                    Publish(KnownResourceStates.Exited, exitCode);
                    return;
                }

                if (exitCode == 0 || resource is ExecutableResource)
                {
                    _log.Note($"ended with exit code {exitCode}");
                    Publish(exitCode == 0 ? KnownResourceStates.Finished : KnownResourceStates.Exited, exitCode);
                    return;
                }

                if (policy.Next(healthyFor) is not { } delay)
                {
                    Fail($"ended with exit code {exitCode}, {RestartPolicy.FastFailureLimit} times without becoming healthy. Its last lines:\n{_log.Tail()}", exitCode);
                    return;
                }

                // Starting, not Exited: that it is down is not its last state, and whoever waits for it shall go on waiting.
                _log.Problem($"ended with exit code {exitCode}; starting again in {delay.TotalSeconds:0} s");
                Publish(KnownResourceStates.Starting, exitCode);
                await Task.Delay(delay, run.Time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Publish(KnownResourceStates.Exited, exitCode: null);
        }
        catch (ServerUnavailableException exception)
        {
            Fail(exception.Message, exitCode: null);
            run.OnServerUnavailable();
        }
        catch (Exception exception)
        {
            // The end of this loop's road: whatever it was, the resource did not start, and the application goes on.
            Fail(exception is DistributedApplicationException or IOException ? exception.Message : exception.ToString(), exitCode: null);
        }
    }

    /// <summary>From start to end of its processes; the exit code is that of the one that ended first.</summary>
    private async Task<(int ExitCode, TimeSpan? HealthyFor)> RunOnceAsync(CancellationToken stopping)
    {
        var environment = await resource.ResolveEnvironmentAsync(stopping);
        var arguments = await resource.ResolveArgumentsAsync(stopping);
        var commands = await launch.PrepareAsync(
            new LaunchContext(run.Folder.DataOf(resource.Name), arguments, environment, new LogProgress(_log), stopping));

        var processes = new List<ChildProcess>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            foreach (var command in commands)
            {
                processes.Add(ChildProcess.Start(command, _log.Write));
                run.Folder.Record(processes[^1].Id, resource.Name);
            }

            var main = processes[^1];
            PublishRunning(main.Id, environment);
            var health = run.Health.RunAsync(resource, ended.Token);
            var first = await Task.WhenAny([Task.Delay(Timeout.Infinite, ended.Token), .. processes.Select(process => process.Exited)]);
            await ended.CancelAsync();
            var healthyFor = await health;
            if (stopping.IsCancellationRequested)
            {
                Publish(KnownResourceStates.Stopping, exitCode: null);
                await EndAsync(processes);
                return (await main.Exited, healthyFor);
            }

            return (await (Task<int>)first, healthyFor);
        }
        finally
        {
            await EndAsync(processes);
        }
    }

    private async Task EndAsync(List<ChildProcess> processes)
    {
        foreach (var process in Enumerable.Reverse(processes))
        {
            await process.StopAsync(run.Options.StopTimeout(resource), run.Hurried);
            process.Dispose();
        }

        processes.Clear();
    }

    private void PublishRunning(int processId, IReadOnlyDictionary<string, string> environment) => run.Notifications.Update(resource, snapshot => snapshot with
    {
        State = new ResourceStateSnapshot(KnownResourceStates.Running, Style: null),
        HealthStatus = HealthStatus.Unhealthy,
        ExitCode = null,
        Properties = [new ResourcePropertySnapshot("executable.pid", processId)],
        EnvironmentVariables = [.. environment.Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true))],
    });

    private void Publish(string state, int? exitCode) => run.Notifications.Update(resource, snapshot => snapshot with
    {
        State = new ResourceStateSnapshot(state, Style: null),
        HealthStatus = null,
        ExitCode = exitCode,
        Properties = state == KnownResourceStates.Stopping ? snapshot.Properties : [],
    });

    private void Fail(string reason, int? exitCode)
    {
        _log.Problem($"failed to start: {reason}");
        Publish(KnownResourceStates.FailedToStart, exitCode);
    }
}
