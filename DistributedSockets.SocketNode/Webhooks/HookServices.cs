// What tells the application's back end: one line per collaborator.
using DistributedSockets.SocketNode.Diagnostics;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Webhooks;

internal static class HookServices
{
    /// <summary>A node without an address for events has nothing of it, and enters none.</summary>
    public static void AddWebhooks(this IHostApplicationBuilder builder, NodeMode mode)
    {
        var services = builder.Services;
        services.AddSingleton(provider => WantedHooks.Of(provider.GetRequiredService<HookOptions>()));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Webhooks);
        if (string.IsNullOrEmpty(builder.Configuration[$"{nameof(SocketNodeOptions.Webhooks)}:{nameof(HookOptions.Url)}"]))
        {
            return;
        }

        if (mode.IsCluster)
        {
            services.AddSingleton<IHookQueue, RedisHookQueue>();
        }
        else
        {
            services.AddSingleton<InMemoryHookQueue>();
            services.AddSingleton<IHookQueue>(provider => provider.GetRequiredService<InMemoryHookQueue>());
        }

        services.AddSingleton<HookMetrics>();
        services.AddSingleton<HookEndpoint>();
        services.AddSingleton<HookPost>();
        services.AddSingleton<HookDelivery>();
        services.AddHostedService<HookSender>();
        services.AddHealthChecks().AddCheck<HookHealthCheck>("webhooks");
        AddClient(services);
    }

    /// <summary>A client of its own: it tries once, follows nobody elsewhere, keeps no cookies, and logs no addresses.</summary>
    private static void AddClient(IServiceCollection services)
    {
#pragma warning disable EXTEXP0001 // The only way to leave out what the service defaults add to every client: they would try again by themselves.
        services.AddHttpClient(HookPost.Client, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllResilienceHandlers()
#pragma warning restore EXTEXP0001
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                MaxConnectionsPerServer = provider.GetRequiredService<HookOptions>().Parallel,

                // The back end may move.
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),

                // Only the status counts; a short answer is read to its end, so that the connection can be used again.
                MaxResponseDrainSize = 64 * 1024,
            });
    }
}
