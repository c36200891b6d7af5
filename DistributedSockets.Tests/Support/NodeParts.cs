// A node's parts without a web server: for tests of one class among its real neighbours.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Support;

/// <summary>A node's parts over stores in memory, with a clock that the test moves.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    private readonly StoreTurns _turns;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<(Connection Connection, Task Running)> _connections = [];
    private readonly Recipients _recipients;

    public NodeParts(string name = "server-1", InboxLimits? limits = null)
    {
        Stored = new InMemoryConnectionRegistry(Time, TimeSpan.FromSeconds(6));
        Kept = new InMemoryInbox(Stored, limits ?? new InboxLimits(), Time);
        Registry = new FaultyRegistry(Stored, Store);
        Inbox = new FaultyInbox(Kept, Store);
        Wire = new InMemoryNodeBus(Time);
        Bus = new FaultyBus(Wire);
        Status = new NodeStatus(Time);
        Watch = new PresenceWatch(Time);
        Metrics = new NodeMetrics(_services.GetRequiredService<IMeterFactory>(), Table);
        Hops = new HopReporter(Table, Bus, Status, Time);
        Missed = new MissedHints(Inbox, Metrics);
        var publisher = new HintPublisher(Bus, Missed, Hops, Failpoints.None, Status, Time, NullLogger<HintPublisher>.Instance);
        var conversations = new Conversations(new FaultyConversations(new InMemoryConversationLog(new ConversationLimits(), Time), Store), new ConversationLimits());
        Receipts = new ReceiptCourier(Inbox, new SentMessages(Inbox, conversations), Table, publisher, Status, Failpoints.None);
        Copies = new CopyRounds(Receipts, Time, NullLogger<CopyRounds>.Instance);
        _turns = new StoreTurns(Time);
        Router = new MessageRouter(Table, new Locations(Registry, Time), Bus, Inbox, conversations, Receipts, Copies, publisher, _turns, Hops, Failpoints.None, Status, Metrics, NullLogger<MessageRouter>.Instance);
        Teller = new PresenceTeller(Stored, Watch, Bus, Status, Metrics, Time, NullLogger<PresenceTeller>.Instance);
        Watches = new WatchKeeper(Stored, Watch, Status, Time, NullLogger<WatchKeeper>.Instance);
        Sessions = new SessionKeeper(Registry, Bus, Table, Teller, Status, NullLogger<SessionKeeper>.Instance);
        Lanes = new Lanes(Router, 64, Metrics, (envelope, outcome) => Told.Enqueue((envelope, outcome)));
        _recipients = new Recipients(Lanes);
        Plain = new PlainProfile(new PlainDispatcher(Router, Metrics, Time, NullLogger<PlainDispatcher>.Instance), NullLogger<PlainProfile>.Instance);
        var typing = new TypingRelay(Table, Registry, Bus, Status, NullLogger<TypingRelay>.Instance);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("SERVER_ID", name)]).Build();
        var options = Options.Create(new SocketNodeOptions());
        var log = new InMemoryRoomLog(new RoomLimits(), Time);
        var membership = new InMemoryMembership(log, Stored, new RoomLimits(), Time);
        Feeds = new RoomFeeds(log, Bus, Status, Time, NullLogger<RoomFeeds>.Instance);
        RoomWatch = new RoomWatch(Watch, Watches, membership, Feeds, Metrics, options, Time, NullLogger<RoomWatch>.Instance);
        MemberTeller = new MemberTeller(RoomWatch, Bus, Status, Time);
        Memberships = new MembershipNotices(Table, Bus, Missed, MemberTeller, Status);
        var catchUp = new RoomCatchUp(log, Feeds, RoomWatch, Bus, Status, Time, NullLogger<RoomCatchUp>.Instance);
        var commands = new RoomCommands(membership, log, Memberships, new RoomLimits(), Bus, Status, Table, Metrics);
        Rooms = new RoomServices(
            membership, log, Feeds, new Everyone(log, Feeds, catchUp, Status), catchUp, new RoomOutbox(log, Feeds, catchUp, Bus, Status, NullLogger<RoomOutbox>.Instance), Time, Metrics, NullLogger<RoomServices>.Instance);
        RoomIntake = new RoomIntake(Feeds, commands, Memberships, catchUp, RoomWatch, Status);
        var renewal = new TokenRenewal(TestAuth.Authenticator(options));
        var presence = new PresenceCommands(Stored, Watch, Watches, new RoomPresenceCommands(Stored, RoomWatch, Metrics, options), Teller, Registry, Status, Metrics, options);
        Json = new JsonProfile(new CommandDispatcher(Router, Receipts, typing, commands, new HistoryCommands(new HistoryReader(conversations, Receipts)), presence, renewal, Hops, Status, Metrics, Time, NullLogger<CommandDispatcher>.Instance));
        using var server = new FakeServer();
        Identity = new NodeIdentity(configuration, options, server, Time);
        Probe = new LoopbackProbe(Bus, Status, Metrics, options, Time, NullLogger<LoopbackProbe>.Instance);
        Report = new NodeReport(Identity, Status, Table, Metrics, Bus, Probe, Time);
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

    public MembershipNotices Memberships { get; }

    public RoomFeeds Feeds { get; }

    public RoomServices Rooms { get; }

    public RoomIntake RoomIntake { get; }

    public RoomWatch RoomWatch { get; }

    public MemberTeller MemberTeller { get; }

    public PresenceWatch Watch { get; }

    public PresenceTeller Teller { get; }

    public GraceKeeper Graces => new(Stored, Teller, NullLogger<GraceKeeper>.Instance);

    public WatchKeeper Watches { get; }

    public HopReporter Hops { get; }

    public MissedHints Missed { get; }

    public ReceiptCourier Receipts { get; }

    public CopyRounds Copies { get; }

    public PlainProfile Plain { get; }

    public JsonProfile Json { get; }

    public NodeIdentity Identity { get; }

    public LoopbackProbe Probe { get; }

    public NodeReport Report { get; }

    /// <summary>A sender's lanes.</summary>
    public Lanes Lanes { get; }

    /// <summary>What the lanes have told the sender.</summary>
    public ConcurrentQueue<(Envelope Envelope, Outcome Outcome)> Told { get; } = new();

    /// <summary>What the lanes could neither deliver nor store.</summary>
    public IReadOnlyList<Envelope> Failed => [.. Told.Where(told => told.Outcome.Error is not null).Select(told => told.Envelope)];

    public NodeIncarnation Self => Status.Self;

    public static NodeIncarnation Other(int number = 2) => new(new NodeId($"server-{number}"), 1);

    public Session NewSession(string user, NodeIncarnation? node = null) => new(new UserId(user), DeviceId.Plain, node ?? Self, ConnectionId.New(), 0);

    /// <summary>A user connected to this node.</summary>
    public Task<FakeSocket> ConnectAsync(string user, params NodeIncarnation[] elsewhere) => ConnectAsync(user, new FakeSocket(), elsewhere);

    public async Task<FakeSocket> ConnectAsync(string user, FakeSocket socket, params NodeIncarnation[] elsewhere)
    {
        var connection = NewConnection(user, socket);
        await Stored.OpenAsync(connection.Session, CancellationToken.None);
        Table.Add(connection, elsewhere);
        _connections.Add((connection, connection.RunAsync(null)));
        return socket;
    }

    public Connection NewConnection(string user, FakeSocket socket, LimitOptions? limits = null)
    {
        var options = Options.Create(new SocketNodeOptions { Limits = limits ?? new LimitOptions() });
        var services = new ConnectionServices(Router, Inbox, Receipts, Rooms, Hops, Failpoints.None, Status, Metrics, options, Time, NullLogger<Connection>.Instance);
        return new Connection(NewSession(user), socket.Open(options.Value.Limits.FrameBytes), Plain, services);
    }

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
            await Router.RouteAsync(envelope, Known(envelope.To), Lanes, TestContext.Current.CancellationToken);
        }

        Lanes.SetOut();
    }

    /// <summary>The recipient as the sender of the lanes knows them.</summary>
    public Recipient Known(UserId user) =>
        _recipients.TryGet(user.Value, out var recipient, out var problem) ? recipient : throw new InvalidOperationException(problem);

    /// <summary>Takes a fast message as the dispatchers do: as bytes if that will do.</summary>
    public async Task SendAsync(Envelope envelope)
    {
        var message = new FastMessage(Guid.ParseExact(envelope.Id.Value, "N"), envelope.From, envelope.To, envelope.Body.Span, envelope.SentAt);
        if (!Router.TryRoute(message, Known(envelope.To), Lanes))
        {
            await RouteAsync(envelope);
        }
    }

    /// <summary>Completes when everything routed has an outcome.</summary>
    public async Task SettledAsync()
    {
        await _recipients.WhenSettledAsync().WaitAsync(TestClient.Patience);
        await Lanes.DrainAsync().WaitAsync(TestClient.Patience);
    }

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
        _turns.Dispose();
        Bus.Dispose();
        await _services.DisposeAsync();
    }
}
