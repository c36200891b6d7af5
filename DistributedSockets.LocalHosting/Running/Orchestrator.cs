// Starts the whole application and stops it, dependents first.
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Display;
using DistributedSockets.LocalHosting.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace DistributedSockets.LocalHosting.Running;

internal sealed class Orchestrator(
    IResourceCollection resources,
    IServiceProvider services,
    LocalHostingOptions options,
    ResourceNotificationService notifications,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<ResourceRunner> _runners = [];

    // Null in a test, which has no console.
    private readonly ConsoleView? _console = services.GetService<ConsoleView>();

    private Task _announcement = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Made here, not in the constructor: it cleans up after earlier runs and takes this run's lock.
        var folder = services.GetRequiredService<RunFolder>();
        _console?.Begin(services.GetRequiredService<AppHostInfo>(), folder);
        AllocatePorts();

        var run = new RunContext(
            options,
            folder,
            services.GetRequiredService<ResourceLogs>(),
            notifications,
            new HealthMonitor(services.GetRequiredService<HealthCheckService>(), notifications, time),
            new DependencyWait(notifications),
            time,
            OnServerUnavailable,
            _hurry.Token);
        foreach (var resource in resources)
        {
            Introduce(resource);
            if (resource.Annotations.OfType<LaunchAnnotation>().SingleOrDefault() is { } launch)
            {
                _runners.Add(new ResourceRunner(resource, launch, run));
            }
        }

        foreach (var runner in _runners)
        {
            await runner.StartAsync(cancellationToken);
        }

        _announcement = _console?.AnnounceAsync(notifications, _runners.Count, _stopping.Token) ?? Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _announcement;
        if (_runners.Count > 0)
        {
            _console?.Say("Stopping.");
        }

        foreach (var group in _runners.GroupBy(runner => Depth(runner.Resource, [])).OrderByDescending(group => group.Key))
        {
            if (!options.KeepRunFolder && group.All(runner => runner.Resource is ContainerResource))
            {
                // The data of the servers goes with the run's folder. RabbitMQ takes six seconds to put it in order.
                Hurry(ServerLimit);
            }

            await Task.WhenAll(group.Select(runner => runner.StopAsync(cancellationToken)));
        }
    }

    /// <summary>From that time on a stop doesn't wait for processes to end by themselves.</summary>
    public void Hurry(TimeSpan delay) => _hurry.CancelAfter(delay);

    public ResourceRunner? FindRunner(string nameOrId) => notifications.TryGetCurrentState(nameOrId, out var current)
        ? _runners.Find(runner => runner.Resource == current.Resource)
        : null;

    public void Dispose()
    {
        _runners.ForEach(runner => runner.Dispose());
        _hurry.Dispose();
        _stopping.Dispose();
    }

    /// <summary>0 for what refers to nothing and waits for nothing. Higher ones stop first.</summary>
    private static int Depth(IResource resource, HashSet<IResource> path)
    {
        if (!path.Add(resource))
        {
            // Two resources that refer to each other: neither has to be first.
            return 0;
        }

        var needed = resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource)
            .Concat(resource.Annotations.OfType<ReferenceAnnotation>().Select(reference => reference.Resource))
            .Distinct();
        var depth = needed.Select(other => Depth(other, path) + 1).DefaultIfEmpty(0).Max();
        path.Remove(resource);
        return depth;
    }

    private void AllocatePorts()
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                if (endpoint.Port is not { } wanted || options.RandomizePorts)
                {
                    endpoint.AllocatedPort = Ports.FindFree();
                    continue;
                }

                if (!Ports.IsFree(wanted))
                {
                    throw new DistributedApplicationException(TakenPort(resource, wanted));
                }

                endpoint.AllocatedPort = wanted;
            }
        }
    }

    private string TakenPort(IResource resource, int port)
    {
        var remedy = options.PortOption(port) is { } option
            ? string.Create(CultureInfo.InvariantCulture, $"give the AppHost another one with --{option} (or the environment variable {option})")
            : "change it in the AppHost's Program.cs";
        return string.Create(CultureInfo.InvariantCulture, $"Port {port}, which {resource.Name} is to listen on, is taken. End the program that uses it, or {remedy}.");
    }

    /// <summary>From here on it has an id and a state.</summary>
    private void Introduce(IResource resource)
    {
        var suffix = new string([.. Enumerable.Range(0, 8).Select(_ => (char)('a' + Random.Shared.Next(26)))]);
        resource.Annotations.Add(new InstanceAnnotation(suffix));
        var runs = resource.Annotations.OfType<LaunchAnnotation>().Any();
        notifications.Add(resource, $"{resource.Name}-{suffix}", new CustomResourceSnapshot
        {
            ResourceType = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal),
            Properties = [],
            State = new ResourceStateSnapshot(runs ? KnownResourceStates.NotStarted : KnownResourceStates.Running, Style: null),
            HealthStatus = runs ? null : HealthStatus.Healthy,
            Urls = [.. resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint =>
                new UrlSnapshot(endpoint.Name, $"{endpoint.UriScheme}://localhost:{endpoint.AllocatedPort}", IsInternal: !endpoint.IsExternal))],
        });
    }

    private void OnServerUnavailable()
    {
        if (_console is not null)
        {
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }
}
