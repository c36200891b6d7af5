// What is measured of each target, one kind of load a row.
using DistributedSockets.Benchmarks.Load;

namespace DistributedSockets.Benchmarks.Running;

/// <param name="NeedsCluster">Whether it says something about a cluster only.</param>
/// <param name="NeedsFreshStack">Whether what other runs leave behind in the processes would be measured too.</param>
/// <param name="Order">The load for two nodes; ports and processes are filled in.</param>
internal sealed record Row(string Name, string Title, bool NeedsCluster, bool NeedsFreshStack, Order Order)
{
    public static readonly Row Same = Closed("same", "same node", pairs: 64, inFlight: 32, between: false);
    public static readonly Row Between = Closed("between", "between nodes", pairs: 64, inFlight: 32, between: true);
    public static readonly Row Many = Closed("many", "256 pairs, 1 in flight", pairs: 256, inFlight: 1, between: true);
    public static readonly Row Latency = Closed("latency", "1 in flight", pairs: 1, inFlight: 1, between: true);
    public static readonly Row Tail = new("tail", "5,000 a second", true, false, Of(Mode.Open, 64, 0, between: true) with { Rate = 5_000 });
    public static readonly Row Room = new("room", "room of 200", true, false, Of(Mode.FanOut, 200, 4, between: true));
    public static readonly Row Connects = new("connects", "connects", false, false, Of(Mode.Connect, 4000, 64, between: true));
    public static readonly Row Idle = new("idle", "idle", false, true, Of(Mode.Idle, 10_000, 64, between: false) with { WarmUp = 5, Seconds = 10 });

    public static readonly Row FewUsers = new("few-users", "1,000 users in turn", true, false, Of(Mode.Rotating, 500, 256, between: true));
    public static readonly Row ManyUsers = new("many-users", "16,000 users in turn", true, false, Of(Mode.Rotating, 8000, 256, between: true));

    public static readonly IReadOnlyList<Row> All = [Same, Between, Many, Latency, Tail, Room, Connects, Idle, FewUsers, ManyUsers];

    public Order For(Target target, Stack stack) => Order with
    {
        Dialect = target.Dialect,
        Ports = Order.Mode == Mode.Idle ? [stack.Ports[0]] : [.. stack.Ports],
        Between = Order.Between && stack.Ports.Count > 1,
        Processes = [.. stack.Processes],
    };

    private static Row Closed(string name, string title, int pairs, int inFlight, bool between) =>
        new(name, title, name == "between", false, Of(Mode.Closed, pairs, inFlight, between));

    private static Order Of(Mode mode, int size, int inFlight, bool between) => new(mode, "", [], between, size, inFlight, 0, 1, 2, []);
}
