// The application: built from the model, run until Ctrl+C, or started, looked at and stopped by a test.
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly EntryPointRun? _entryPointRun;
    private bool _started;
    private bool _stopped;
    private bool _disposed;

    internal DistributedApplication(IHost host, IResourceCollection resources, EntryPointRun? entryPointRun)
    {
        _host = host;
        _entryPointRun = entryPointRun;
        Resources = resources;
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    internal IResourceCollection Resources { get; }

    internal bool IsStarted => _started;

    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        var run = EntryPointRun.Current;
        return run is null
            ? new DistributedApplicationBuilder(args, Assembly.GetEntryAssembly(), testing: false, entryPointRun: null)
            : new DistributedApplicationBuilder(args, run.Assembly, testing: true, run);
    }

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_entryPointRun is not null && ReferenceEquals(EntryPointRun.Current, _entryPointRun))
        {
            // The entry point's call inside a test: the test starts and stops, the entry point waits for the end.
            await _entryPointRun.Disposed.WaitAsync(cancellationToken);
            return;
        }

        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        using var signals = new StopSignals(lifetime, Services.GetRequiredService<Orchestrator>());
        await using (this)
        {
            try
            {
                await StartAsync(cancellationToken);
                using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
                await Task.Delay(Timeout.Infinite, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (DistributedApplicationException exception)
            {
                // Its text is written for people; a stack trace would bury it.
                await Console.Error.WriteLineAsync(exception.Message);
                Environment.ExitCode = 1;
            }
            catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // Ctrl+C before everything was started.
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        _started = true;
        return _host.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (!_started || _stopped)
        {
            return Task.CompletedTask;
        }

        _stopped = true;
        return _host.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // A test disposes of the application and of the builder that made it.
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _entryPointRun?.OnDisposed();
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
