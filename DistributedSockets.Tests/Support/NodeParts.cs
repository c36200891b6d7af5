// A node's parts without a web server: for tests of one class among its real neighbours.
using System.Diagnostics.Metrics;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Support;

/// <summary>A node's parts over stores in memory, with a clock that the test moves.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<(Connection Connection, Task Running)> _connections = [];

    public NodeParts(string name = "server-1", InboxLimits? limits = null)
    {
        Stored = new InMemoryConnectionRegistry(Time, TimeSpan.FromSeconds(6));
        Kept = new InMemoryInbox(Stored, limits ?? new InboxLimits(), Time);
        Registry = new FaultyRegistry(Stored, Store);
        Inbox = new FaultyInbox(Kept, Store);
        Wire = new InMemoryNodeBus(Time);
        Bus = new FaultyBus(Wire);
        Status = new NodeStatus(Time);
        Metrics = new NodeMetrics(_services.GetRequiredService<IMeterFactory>(), Table);
        Router = new MessageRouter(Table, Registry, Bus, Inbox, Status, Metrics, NullLogger<MessageRouter>.Instance);
        Sessions = new SessionKeeper(Registry, Bus, Table, Status, NullLogger<SessionKeeper>.Instance);
        Lanes = new Lanes(Router, 64, Metrics, Failed.Add);
        Dispatcher = new CommandDispatcher(Router, Metrics, Time, NullLogger<CommandDispatcher>.Instance);
        Status.Begin(new NodeIncarnation(new NodeId(name), 1));
        Status.Enter(NodePhase.Serving);
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));

    public StoreLink Store { get; } = new();

    /// <summary>The stores themselves, whatever the link is like.</summary>
    public InMemoryConnectionRegistry Stored { get; }

    public InMemoryInbox Kept { get; }

    public FaultyRegistry Registry { get; }

    public FaultyInbox Inbox { get; }

    /// <summary>The transport, for the other nodes to listen to.</summary>
    public InMemoryNodeBus Wire { get; }

    public FaultyBus Bus { get; }

    public NodeStatus Status { get; }

    public NodeMetrics Metrics { get; }

    public ConnectionTable Table { get; } = new();

    public MessageRouter Router { get; }

    public SessionKeeper Sessions { get; }

    public CommandDispatcher Dispatcher { get; }

    /// <summary>A sender's lanes.</summary>
    public Lanes Lanes { get; }

    /// <summary>What the lanes could neither deliver nor store.</summary>
    public List<Envelope> Failed { get; } = [];

    public NodeIncarnation Self => Status.Self;

    public static NodeIncarnation Other(int number = 2) => new(new NodeId($"server-{number}"), 1);

    public Session NewSession(string user, NodeIncarnation? node = null) => new(new UserId(user), DeviceId.Plain, node ?? Self, ConnectionId.New(), 0);

    /// <summary>A user connected to this node.</summary>
    public async Task<FakeSocket> ConnectAsync(string user, params NodeIncarnation[] elsewhere)
    {
        var socket = new FakeSocket();
        var connection = NewConnection(user, socket);
        await Stored.OpenAsync(connection.Session, CancellationToken.None);
        Table.Add(connection, elsewhere);
        _connections.Add((connection, connection.RunAsync(Dispatcher)));
        return socket;
    }

    public Connection NewConnection(string user, FakeSocket socket, LimitOptions? limits = null) => new(
        NewSession(user), socket, Inbox, limits ?? new LimitOptions(), Metrics, Time, NullLogger.Instance, _ => new Lanes(Router, 64, Metrics, Failed.Add));

    /// <summary>A user connected to another node, which receives until disposed.</summary>
    public async Task<ConsumingNode> ConnectElsewhereAsync(string user, int number = 2)
    {
        await Stored.OpenAsync(NewSession(user, Other(number)), CancellationToken.None);
        return await ConsumingNode.StartAsync(Wire, Other(number));
    }

    public async Task RouteAsync(params Envelope[] envelopes)
    {
        foreach (var envelope in envelopes)
        {
            await Router.RouteAsync(envelope, Lanes, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Completes when everything routed has an outcome.</summary>
    public Task SettledAsync() => Lanes.DrainAsync().WaitAsync(TestClient.Patience);

    /// <summary>Moves the clock on in small steps until the condition holds.</summary>
    public Task AdvanceUntilAsync(Func<bool> condition, string what) => Eventually.IsAsync(
        () =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(250));
            return condition();
        },
        what,
        TestClient.Patience);

    public Task<InboxPage> InboxOfAsync(string user) => Kept.ReadAsync(new UserId(user), 0, int.MaxValue, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var (connection, running) in _connections)
        {
            connection.Close(CloseReason.Drain);
            await running.WaitAsync(TestClient.Patience);
            connection.Dispose();
        }

        await SettledAsync();
        Lanes.Dispose();
        Bus.Dispose();
        await _services.DisposeAsync();
    }
}
