// A real node in this process: Kestrel on a free port, everything of the product but the stores.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Support;

/// <summary>A real node in this process. It reaches the stores that it shares with the other nodes of its <see cref="TestCluster"/> by links that a test can cut.</summary>
internal sealed class TestNode : IStartupFilter, IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly ConcurrentBag<IConnectionLifetimeFeature> _connections = [];
    private int _requests;
    private bool _ended;

    private TestNode(
        string name, string[] settings, InMemoryConnectionRegistry registry, InMemoryInbox inbox, IRevocations revocations, IDevelopmentKey developmentKey, TestRooms rooms,
        IConversationLog conversations, IHookQueue hooks, INodeBus bus)
    {
        Bus = new FaultyBus(bus);
        string[] arguments =
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--SERVER_ID={name}", "--hostBuilder:reloadConfigOnChange=false",
            "--ConnectionStrings:redis=", "--ConnectionStrings:rabbitmq=", .. settings.Select(setting => $"--{setting}"),
        ];
        _app = SocketNodeApplication.Build(arguments, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IConnectionRegistry>(new FaultyRegistry(registry, Store));
            builder.Services.AddSingleton<IPresence>(new FaultyPresence(registry, Store));
            var kept = new FaultyInbox(inbox, Store);
            builder.Services.AddSingleton<IInbox>(kept);
            builder.Services.AddSingleton<IReceipts>(kept);
            builder.Services.AddSingleton<IInboxUpkeep>(inbox);
            builder.Services.AddSingleton<IRevocations>(new FaultyRevocations(revocations, Store));
            builder.Services.AddSingleton(developmentKey);
            builder.Services.AddSingleton<IRoomLog>(new FaultyRoomLog(rooms.Log, Store));
            builder.Services.AddSingleton<IMembership>(new FaultyMembership(rooms.Membership, Store));
            builder.Services.AddSingleton<IHookQueue>(new FaultyHookQueue(hooks, Store));
            builder.Services.AddSingleton<IConversationLog>(new FaultyConversations(conversations, Store));
            builder.Services.AddSingleton<INodeBus>(Bus);
            builder.Services.AddSingleton<IStartupFilter>(this);
        });
    }

    /// <summary>Its link to registry and inbox.</summary>
    public StoreLink Store { get; } = new();

    public FaultyBus Bus { get; }

    /// <summary>HTTP requests that are under way.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public Uri Uri => new(_app.Urls.First());

    /// <summary>All that is mapped.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    public NodeStatus Status => _app.Services.GetRequiredService<NodeStatus>();

    public NodeIncarnation Incarnation => Status.Self;

    public IMeterFactory Meters => _app.Services.GetRequiredService<IMeterFactory>();

    public ConnectionTable Table => _app.Services.GetRequiredService<ConnectionTable>();

    /// <summary>Returns when the node serves.</summary>
    public static async Task<TestNode> StartAsync(
        string name, string[] settings, InMemoryConnectionRegistry registry, InMemoryInbox inbox, IRevocations revocations, IDevelopmentKey developmentKey, TestRooms rooms,
        IConversationLog conversations, IHookQueue hooks, INodeBus bus)
    {
        var node = new TestNode(name, settings, registry, inbox, revocations, developmentKey, rooms, conversations, hooks, bus);
        await node._app.StartAsync(TestContext.Current.CancellationToken);
        await node.WhenAsync(NodePhase.Serving);
        return node;
    }

    public Task WhenAsync(NodePhase phase) => Eventually.IsAsync(() => Status.Phase == phase, $"{Incarnation} is {phase}");

    /// <summary>Completes when the node knows of so many living nodes, itself among them.</summary>
    public Task WhenSeesAsync(int nodes) => Eventually.IsAsync(() => Status.Nodes.Living.Count == nodes, $"{Incarnation} sees {nodes} nodes");

    /// <summary>Stops as on SIGTERM.</summary>
    public async Task StopAsync()
    {
        _ended = true;
        await _app.StopAsync(CancellationToken.None).WaitAsync(StopPatience);
    }

    /// <summary>Ends as if the process were killed: no goodbye on any socket, nothing closed in the registry, its queue gone with what lay on it.</summary>
    public async Task KillAsync()
    {
        Store.Cut();
        Bus.Kill();
        foreach (var connection in _connections)
        {
            connection.Abort();
        }

        await StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            await StopAsync();
        }

        await _app.DisposeAsync();
        Bus.Dispose();
    }

    Action<IApplicationBuilder> IStartupFilter.Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RememberAsync);
        next(app);
    };

    private async Task RememberAsync(HttpContext context, RequestDelegate next)
    {
        _connections.Add(context.Features.GetRequiredFeature<IConnectionLifetimeFeature>());
        Interlocked.Increment(ref _requests);
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }
}
