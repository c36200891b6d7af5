// What is measured of each target, one kind of load a row.
using DistributedSockets.Benchmarks.Load;

namespace DistributedSockets.Benchmarks.Running;

/// <param name="Order">The load; ports and processes are filled in.</param>
internal sealed record Row(string Name, string Title, Order Order)
{
    /// <summary>Seconds within which each of our nodes pings every connection once.</summary>
    private const double PingInterval = 20;

    private const double PingTimeout = 8;

    public static readonly Row Same = Closed("same", "same node", pairs: 64, inFlight: 32, between: false);
    public static readonly Row Between = Closed("between", "between nodes", pairs: 64, inFlight: 32, between: true) with { NeedsCluster = true };
    public static readonly Row Many = Closed("many", "256 pairs, 1 in flight", pairs: 256, inFlight: 1, between: true);
    public static readonly Row Latency = Closed("latency", "1 in flight", pairs: 1, inFlight: 1, between: true);
    public static readonly Row Tail = new("tail", "1,000 a second", Of(Mode.Open, 64, 0, between: true) with { Rate = 1_000 }) { NeedsCluster = true };
    public static readonly Row Room = new("room", "room of 200", Of(Mode.FanOut, 200, 4, between: true)) { NeedsCluster = true };
    public static readonly Row Connects = new("connects", "connects", Of(Mode.Connect, 4000, 64, between: true));

    public static readonly Row Idle = new("idle", "10,000 idle connections", Of(Mode.Idle, 10_000, 64, between: false) with { WarmUp = 4, Seconds = PingInterval })
    {
        IsOnce = true,
        NeedsFreshStack = true,
    };

    public static readonly Row Held = new("held", "idle connections of one node, through a heartbeat", Of(Mode.Hold, OpenFiles.Connections(20_000), 64, between: false) with
    {
        WarmUp = 5,
        Seconds = PingInterval + PingTimeout,
    })
    {
        IsOnce = true,
        Nodes = 1,
    };

    public static readonly Row FewUsers = Users("few-users", "1,000 registered users in turn", 500, 1_000);
    public static readonly Row ManyUsers = Users("many-users", "50,000 registered users, those with a connection in turn", OpenFiles.Connections(20_000) / 2, 50_000);

    public static readonly Row Calm = Troubled("calm", "beside a reader who reads", TroubleKind.None);
    public static readonly Row Stalled = Troubled("stalled", "beside a reader who stalls", TroubleKind.StalledReader);
    public static readonly Row Full = Troubled("full-inbox", "beside an inbox that fills up", TroubleKind.FullInbox);
    public static readonly Row Death = Troubled("death", "beside a node that is killed", TroubleKind.DeadNode);

    public static readonly IReadOnlyList<Row> All =
    [
        Same, Between, Many, Latency, Tail, Room, Connects, Idle,
        Held, OfNodes(2), FewUsers, ManyUsers, Calm, Stalled, Full, Death, OfNodes(4), OfNodes(8),
    ];

    /// <summary>Whether it says something about a cluster only.</summary>
    public bool NeedsCluster { get; init; }

    /// <summary>Whether what other runs leave behind in the processes would be measured too.</summary>
    public bool NeedsFreshStack { get; init; }

    /// <summary>Whether it is measured once, in times of its own.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Of our own fast class alone, in a cluster of so many nodes; null for all targets.</summary>
    public int? Nodes { get; init; }

    /// <summary>How many users the registry knows; those that the load does not connect are entered without.</summary>
    public int Registered { get; init; }

    public TroubleKind? Trouble { get; init; }

    /// <summary>The load between nodes in our own cluster of so many.</summary>
    public static Row OfNodes(int nodes) => Between with { Name = $"nodes-{nodes}", Title = $"between {nodes} nodes", Nodes = nodes };

    public Order For(Target target, Stack stack)
    {
        var order = Order with
        {
            Dialect = Order.Mode == Mode.FanOut ? target.RoomDialect : target.Dialect,
            Ports = Order.Mode is Mode.Idle or Mode.Hold ? [stack.Ports[0]] : [.. stack.Ports],
            Between = Order.Between && stack.Ports.Count > 1,
            Processes = [.. stack.Processes],
        };
        return Trouble is { } kind ? InTrouble(order, kind) : order;
    }

    // Pairs are on the first two nodes. So is the trouble, unless it is the last node's death.
    private static Order InTrouble(Order order, TroubleKind kind)
    {
        var last = order.Processes.Last(one => one.Name.StartsWith("node-", StringComparison.Ordinal));
        return order with
        {
            Ports = order.Ports[..2],
            Trouble = new Trouble(kind, kind == TroubleKind.DeadNode ? order.Ports[^1] : order.Ports[0], last.Id),
            Processes = [.. order.Processes.Where(one => one != last)],
        };
    }

    private static Row Closed(string name, string title, int pairs, int inFlight, bool between) => new(name, title, Of(Mode.Closed, pairs, inFlight, between));

    private static Row Users(string name, string title, int pairs, int registered) =>
        new(name, title, Of(Mode.Rotating, pairs, 256, between: true)) { Nodes = 2, Registered = registered };

    private static Row Troubled(string name, string title, TroubleKind kind) =>
        new(name, title, Tail.Order with { WarmUp = 4, Seconds = 15 }) { IsOnce = true, Nodes = 3, Trouble = kind };

    private static Order Of(Mode mode, int size, int inFlight, bool between) => new(mode, "", [], between, size, inFlight, 0, 1, 2, []);
}
