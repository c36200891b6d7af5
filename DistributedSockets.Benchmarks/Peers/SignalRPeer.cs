// The smallest SignalR application with messages to users and rooms; over several nodes with its Redis backplane.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedSockets.Benchmarks.Peers;

internal static class SignalRPeer
{
    public static WebApplication Build(WebApplicationBuilder builder, string? redis)
    {
        var signalR = builder.Services.AddSignalR();
        builder.Services.AddSingleton<IUserIdProvider, QueryUser>();
        if (redis is not null)
        {
            signalR.AddStackExchangeRedis(redis);
        }

        var app = builder.Build();
        app.MapHub<RelayHub>("/hub", options => options.Transports = HttpTransportType.WebSockets);
        return app;
    }

    private sealed class QueryUser : IUserIdProvider
    {
        public string? GetUserId(HubConnectionContext connection) => connection.GetHttpContext()!.Request.Query["user_id"];
    }
}

// Public, and with public methods: what clients call.
public sealed class RelayHub : Hub
{
    public override async Task OnConnectedAsync()
    {
        if (Context.GetHttpContext()!.Request.Query["room"].ToString() is { Length: > 0 } room)
        {
            await Groups.AddToGroupAsync(Context.ConnectionId, room);
        }
    }

    public Task Send(string user, string body) => Clients.User(user).SendAsync("m", Context.UserIdentifier, body);

    public Task SendRoom(string room, string body) => Clients.Group(room).SendAsync("m", Context.UserIdentifier, body);
}
