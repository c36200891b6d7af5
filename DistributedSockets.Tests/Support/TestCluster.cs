// Several real nodes in this process over stores that live in it.
using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Tests.Support;

/// <summary>The rooms of a cluster.</summary>
internal sealed record TestRooms(InMemoryRoomLog Log, InMemoryMembership Membership);

/// <summary>Several real nodes in this process. What a real cluster has Redis and RabbitMQ for lives in memory here, one instance for all nodes.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>Short, so that a test in which a node stops need not wait; the later of two values of a setting counts.</summary>
    private static readonly TimeSpan DrainWindow = TimeSpan.FromMilliseconds(200);

    private readonly List<TestNode> _nodes = [];
    private readonly ConcurrentBag<IAsyncDisposable> _clients = [];
    private readonly InMemoryNodeBus _bus = new(TimeProvider.System);
    private readonly string[] _settings;

    private TestCluster(TimeSpan lease, InboxLimits limits, string[] settings)
    {
        _settings = [$"Cluster:Lease={lease}", $"Cluster:DrainWindow={DrainWindow}", .. settings];
        Hooks = new InMemoryHookQueue(WantedHooks.Of(HooksOf(settings)), TimeProvider.System);
        Registry = new InMemoryConnectionRegistry(TimeProvider.System, lease, Hooks);
        Inbox = new InMemoryInbox(Registry, limits, TimeProvider.System, Hooks);
        var log = new InMemoryRoomLog(new RoomLimits(), TimeProvider.System);
        Conversations = new InMemoryConversationLog(new ConversationLimits(), TimeProvider.System);
        Rooms = new TestRooms(log, new InMemoryMembership(log, Registry, new RoomLimits(), TimeProvider.System, Hooks));
    }

    /// <summary>The store itself, whatever the links of the nodes are like.</summary>
    public InMemoryConnectionRegistry Registry { get; }

    public InMemoryInbox Inbox { get; }

    public TestRooms Rooms { get; }

    /// <summary>The events that wait for the application's back end.</summary>
    public InMemoryHookQueue Hooks { get; }

    public InMemoryConversationLog Conversations { get; }

    public InMemoryRevocations Revocations { get; } = new(TimeProvider.System);

    public IDevelopmentKey DevelopmentKey { get; } = new InMemoryDevelopmentKey();

    public TestNode this[int index] => _nodes[index];

    public static Task<TestCluster> StartAsync(int nodes, params string[] settings) => StartAsync(nodes, TimeSpan.FromSeconds(6), settings);

    public static Task<TestCluster> StartAsync(int nodes, TimeSpan lease, params string[] settings) => StartAsync(new InboxLimits(), nodes, lease, settings);

    public static Task<TestCluster> StartAsync(InboxLimits limits, int nodes, params string[] settings) => StartAsync(limits, nodes, TimeSpan.FromSeconds(6), settings);

    /// <summary>Starts <c>server-1</c> to <c>server-N</c>. A setting looks like <c>Limits:FrameBytes=2048</c>.</summary>
    private static async Task<TestCluster> StartAsync(InboxLimits limits, int nodes, TimeSpan lease, string[] settings)
    {
        var cluster = new TestCluster(lease, limits, settings);
        for (var number = 1; number <= nodes; number++)
        {
            await cluster.AddNodeAsync($"server-{number}");
        }

        return cluster;
    }

    public async Task<TestNode> AddNodeAsync(string name)
    {
        var node = await TestNode.StartAsync(name, _settings, Registry, Inbox, Revocations, DevelopmentKey, Rooms, Conversations, Hooks, _bus);
        _nodes.Add(node);
        return node;
    }

    public async Task<TestClient> ConnectAsync(string user, int node = 0, bool reads = true)
    {
        var before = ConnectionsOf(user, node);
        var client = await TestClient.ConnectAsync(_nodes[node].Uri, user, reads);
        _clients.Add(client);

        // A client sees itself connected a moment before its node can hand it anything.
        await Eventually.IsAsync(() => client.IsClosed || ConnectionsOf(user, node).Except(before).Any(), $"{user} is known to the node");
        return client;
    }

    /// <summary>Connects a ds.v1 device and says hello.</summary>
    public async Task<DsClient> GreetAsync(string user, int node = 0, string? device = null, string? hello = null)
    {
        var client = await DsClient.ConnectAsync(_nodes[node].Uri, user, device, hello);
        _clients.Add(client);
        return client;
    }

    /// <summary>Whether the registry has a session of the user.</summary>
    public bool Knows(string user) => Registry.Locate(new UserId(user)).Count > 0;

    /// <summary>What waits for the user above what they have acknowledged.</summary>
    public async Task<int> WaitingAsync(string user)
    {
        var id = new UserId(user);
        var cursor = await Inbox.ReadCursorAsync(id, DeviceId.Plain, CancellationToken.None);
        return (await Inbox.ReadAsync(id, cursor.Seq, int.MaxValue, CancellationToken.None)).Envelopes.Count;
    }

    /// <summary>Everything that the user's inbox has.</summary>
    public async Task<IReadOnlyList<Envelope>> StoredAsync(string user) =>
        (await Inbox.ReadAsync(new UserId(user), 0, int.MaxValue, CancellationToken.None)).Envelopes;

    /// <summary>The part of the nodes' settings that the stores go by.</summary>
    private static HookOptions HooksOf(string[] settings) =>
        new ConfigurationBuilder().AddCommandLine([.. settings.Select(setting => $"--{setting}")]).Build().GetSection("Webhooks").Get<HookOptions>() ?? new HookOptions();

    private ImmutableArray<Connection> ConnectionsOf(string user, int node) => _nodes[node].Table.Find(new UserId(user))?.Connections ?? [];

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
    }
}
