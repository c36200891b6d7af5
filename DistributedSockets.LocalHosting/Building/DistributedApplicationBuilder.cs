// The builder over the generic host: configuration, services and logging come from there, the resources are its own.
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting;
using DistributedSockets.LocalHosting.Display;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly ResourceCollection _resources = [];
    private readonly EntryPointRun? _entryPointRun;

    /// <param name="entryPointRun">The test that runs this AppHost's entry point; null when it runs on its own, or when a test has no AppHost.</param>
    public DistributedApplicationBuilder(string[] args, Assembly? appHost, bool testing, EntryPointRun? entryPointRun)
    {
        _entryPointRun = entryPointRun;
        var appHostInfo = new AppHostInfo(appHost);
        AppHostDirectory = appHostInfo.Directory;
        _host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            ApplicationName = appHostInfo.Name,
            ContentRootPath = AppHostDirectory,
            EnvironmentName = testing ? System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Development : null,
        });
        if (testing)
        {
            // The weakest source: an argument of the test or a variable still decides.
            ((IConfigurationBuilder)_host.Configuration).Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
            {
                InitialData = [new(LocalHostingOptions.RandomizePortsKey, "true")],
            });
        }

        AddServices(appHostInfo, testing);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public IResourceCollection Resources => _resources;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ResourceName.Validate(resource.Name, _resources);
        _resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        // In a test this hands the builder over and waits until the test has changed the model and says build.
        _entryPointRun?.OnBuilding(this);
        var application = new DistributedApplication(_host.Build(), _resources, _entryPointRun);
        _entryPointRun?.OnBuilt(application);
        return application;
    }

    private void AddServices(AppHostInfo appHostInfo, bool testing)
    {
        Services.AddSingleton<IResourceCollection>(_resources);
        Services.AddSingleton(appHostInfo);
        Services.AddSingleton(provider => new LocalHostingOptions(provider.GetRequiredService<IConfiguration>()));
        Services.AddSingleton<RunFolder>();
        Services.AddSingleton<ResourceLogs>();
        Services.AddSingleton(new ResourceNotificationService(testing ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable));
        Services.AddSingleton<Orchestrator>();
        Services.AddSingleton(provider => new ResourceCommandService(provider.GetRequiredService<Orchestrator>()));
        Services.AddHostedService(provider => provider.GetRequiredService<Orchestrator>());
        Services.TryAddSingleton(TimeProvider.System);
        Services.AddHealthChecks();
        Services.AddHttpClient();

        // Ctrl+C and SIGTERM are taken by DistributedApplication.RunAsync, because the second Ctrl+C means more than the first.
        Services.AddSingleton<IHostLifetime, NoLifetime>();

        // The orchestrator's own limits end every stop; the host's must not come before them.
        Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(5));

        // A check fails many times while a resource starts. The state says so, the log need not.
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);

        // A failed start rises to RunAsync, which says it once and without a stack trace.
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        _host.Logging.ClearProviders();
        if (!testing)
        {
            Services.AddSingleton<ConsoleView>();
            _host.Logging.AddSimpleConsole(options => options.SingleLine = true);
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
