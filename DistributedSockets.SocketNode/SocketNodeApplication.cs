// Builds the node's web application: for Program, and for the scenarios that run several nodes in one process.
using DistributedSockets.SocketNode.Api;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Sse;

namespace DistributedSockets.SocketNode;

internal static class SocketNodeApplication
{
    /// <summary>Builds the node. <paramref name="configure"/> comes last, so that it may replace collaborators.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddSocketNode();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = OpenFiles.MostSockets;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(Takeover.Around));
        });

        // What has arrived is dealt with on the thread that the socket wakes (one of the pool's, not the one that polls), and what is to be written is written by who writes it.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseOwnFrames();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.MapDefaultEndpoints();
        app.MapInfo();
        app.MapApiReference();
        var api = app.MapGroup("/api").AddEndpointFilter<ApiAccess>().RefusesAsAll();
        api.MapCluster();
        api.MapRevocations();
        api.MapMessages();
        api.MapRooms();
        api.MapUsers();
        api.MapLists();
        api.MapFallback("{*path}", (HttpContext context) => Problems.Of(context, ApiRefusal.NotFound("the API has no such request"))).ExcludeFromDescription();
        app.MapDevelopmentTokens();
        app.Map("/ws", (HttpContext context, SocketEndpoint sockets) => UpgradeRequest.RunAsync(context, sockets.HandleAsync));
        app.MapSse();
        return app;
    }
}
