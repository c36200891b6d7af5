using DistributedSockets.Client;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a <see cref="DistributedSocketsClient"/>.</summary>
public static class DistributedSocketsClientServiceCollectionExtensions
{
    /// <summary>Adds one client for the whole application, which logs to its loggers. It connects when it is told to.</summary>
    /// <example><code>services.AddDistributedSocketsClient((options, services) => { options.User = "alice"; options.Nodes.Add(new("http://localhost:8081")); });</code></example>
    public static IServiceCollection AddDistributedSocketsClient(this IServiceCollection services, Action<ClientOptions, IServiceProvider> configure) =>
        services.AddSingleton(provider =>
        {
            var options = new ClientOptions { TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System };
            if (provider.GetService<ILoggerFactory>() is { } loggers)
            {
                options.Logger = loggers.CreateLogger<DistributedSocketsClient>();
            }

            configure(options, provider);
            return new DistributedSocketsClient(options);
        });
}
