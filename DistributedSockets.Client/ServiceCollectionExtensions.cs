using DistributedSockets.Client;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a <see cref="DistributedSocketsClient"/>.</summary>
/// <example><code>services.AddDistributedSocketsClient(options => { options.User = "alice"; options.Nodes.Add(new("http://localhost:8081")); });</code></example>
public static class DistributedSocketsClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds one client for the whole application. It logs to the application's loggers, goes by its <see cref="TimeProvider"/> if there is one, and is disposed with the
    /// container, which must be disposed asynchronously (hosts are). It does not connect by itself: whoever uses it first calls <see cref="DistributedSocketsClient.ConnectAsync"/>.
    /// </summary>
    /// <remarks>Settings are checked when the client is first asked for: an <see cref="ArgumentException"/> names the one that is missing or out of range.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options, once.</param>
    /// <returns>The same services.</returns>
    /// <example><code>
    /// services.AddDistributedSocketsClient(options => { options.User = "alice"; options.Nodes.Add(new("http://localhost:8081")); });
    /// </code></example>
    public static IServiceCollection AddDistributedSocketsClient(this IServiceCollection services, Action<ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddDistributedSocketsClient((options, _) => configure(options));
    }

    /// <summary>As <see cref="AddDistributedSocketsClient(IServiceCollection, Action{ClientOptions})"/>, for options that need other services, such as where tokens come from.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options, once. Services of a scope are not to be had.</param>
    /// <returns>The same services.</returns>
    /// <example><code>
    /// services.AddDistributedSocketsClient((options, provider) =>
    /// {
    ///     var http = provider.GetRequiredService&lt;HttpClient&gt;();
    ///     options.TokenProvider = async cancellationToken => await http.GetStringAsync("/token", cancellationToken);
    ///     options.Nodes.Add(new("https://chat.example.org"));
    /// });
    /// </code></example>
    public static IServiceCollection AddDistributedSocketsClient(this IServiceCollection services, Action<ClientOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddSingleton(provider =>
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
}
