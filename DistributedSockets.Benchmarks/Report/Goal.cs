// What is to be reached, as ratios within one run, and what was.
using System.Globalization;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Micro;
using DistributedSockets.Benchmarks.Running;

namespace DistributedSockets.Benchmarks.Report;

/// <param name="Measured">The ratio, or null where it was not measured.</param>
internal sealed record Goal(string Number, string Text, double? Measured, double Wanted, bool AtMost, double? Reach)
{
    /// <summary>Seconds; a node's default.</summary>
    private const double Lease = 6;

    public string Line => $"| {Number} | {Text} | {(AtMost ? "≤" : "≥")} {Write(Wanted)}{(Reach is { } reach ? $", reach for {Write(reach)}" : "")} | {(Measured is { } value ? Write(value) : "–")} | {Verdict} |";

    private string Verdict => Measured is not { } value ? "not measured"
        : IsMet(value, Wanted) ? (Reach is { } reach && IsMet(value, reach) ? "reached, and beyond" : "reached")
        : "**missed**";

    public static IEnumerable<Goal> Of(Results results)
    {
        yield return AtLeast("1", "between nodes, fast, messages: times the better peer", OverPeers(results, Column.Between, Target.Fast), 6, 10);
        yield return AtMostOf("1", "between nodes, fast, CPU per message: share of the better peer's", UnderPeers(results, Column.BetweenCpu, Target.Fast), 1 / 6.0);
        yield return AtLeast("2", "between nodes, reliable, messages: times the better peer", OverPeers(results, Column.Between, Target.Reliable), 1, 2);
        yield return AtMostOf("2", "between nodes, reliable, CPU per message: share of the better peer's", UnderPeers(results, Column.BetweenCpu, Target.Reliable), 1);
        yield return AtLeast("3", "same node, fast: times the relay on the WebSocket API", Over(results, Column.Same, Target.Fast, Target.RelayWebSocket), 1);
        yield return AtLeast("3", "same node, fast: times the relay on pipes", Over(results, Column.Same, Target.Fast, Target.RelayPipes), 0.8);
        yield return AtMostOf("3", "same node, fast: bytes that a node allocates for a message", Own(results, NodeAllocation.Name, one => (double)one.Processes[0].Memory / one.Count), 1);
        yield return AtMostOf("4", "one in flight between nodes, p50: share of SignalR + Redis", Over(results, Column.Latency, Target.Fast, Target.SignalRRedis), 0.7);
        yield return AtMostOf("4", "the same: share of Socket.IO + Redis", Over(results, Column.Latency, Target.Fast, Target.SocketIoPubSub), 1);
        yield return AtLeast("5", "256 pairs, 1 in flight: times the better peer", OverPeers(results, Column.Many, Target.Fast), 1.2);
        yield return AtMostOf("6", "10,000 idle connections, KB each", Column.Idle.Of(results, Target.Fast), 12);
        yield return AtMostOf("6", "10,000 idle connections, share of a core", Column.IdleCpu.Of(results, Target.Fast), 0.02);
        yield return AtLeast("6", "connections of one node held through a heartbeat, none lost", Own(results, Row.Held.Name, one => one.Count), 20_000);
        yield return AtLeast("6", "connects: times the better peer", OverPeers(results, Column.Connects, Target.Fast), 1.5);
        yield return AtLeast("7", "room of 200, fast, deliveries: times the better peer", OverPeers(results, Column.Room, Target.Fast), 1.5);
        yield return AtMostOf("7", "room of 200, fast, CPU per delivery: share of the better peer's", UnderPeers(results, Column.RoomCpu, Target.Fast), 0.6);
        yield return AtMostOf("8", "CPU per message with 50,000 registered users, over 1,000", PerMillion(results, Row.ManyUsers) / PerMillion(results, Row.FewUsers), 1.1);
        yield return AtMostOf("8", "CPU per message between nodes, 4 nodes over 2", PerMillion(results, Row.OfNodes(4)) / PerMillion(results, Row.OfNodes(2)), 1.15);
        yield return AtMostOf("8", "the same, 8 nodes over 2", PerMillion(results, Row.OfNodes(8)) / PerMillion(results, Row.OfNodes(2)), 1.15);
        yield return AtMostOf("9", "1,000 a second between nodes, p99.9: share of the better peer's", UnderPeers(results, Column.Tail, Target.Fast), 1);
        yield return AtMostOf("9", "a reader stalls: seconds that the p99 of the others rises", Rise(results, Row.Stalled), Lease);
        yield return AtMostOf("9", "an inbox fills up: the same", Rise(results, Row.Full), Lease);
        yield return AtMostOf("9", "a node dies: the same", Rise(results, Row.Death), Lease);
    }

    private static Goal AtLeast(string number, string text, double? measured, double wanted, double? reach = null) => new(number, text, measured, wanted, false, reach);

    private static Goal AtMostOf(string number, string text, double? measured, double wanted) => new(number, text, measured, wanted, true, null);

    private static double? Own(Results results, string row, Func<Figures, double> value) => results.Median(Target.Fast.Name, row, value);

    private static double? PerMillion(Results results, Row row) => Own(results, row.Name, one => one.CpuPerMillion);

    private static double? Rise(Results results, Row trouble) => P99(results, trouble) - P99(results, Row.Calm);

    private static double? P99(Results results, Row row) => Own(results, row.Name, one => one.Latency!.P99 / 1e6);

    private static double? Over(Results results, Column column, Target ours, Target other) => column.Of(results, ours) / column.Of(results, other);

    private static double? OverPeers(Results results, Column column, Target ours) => column.Of(results, ours) / Target.Peers.Max(peer => column.Of(results, peer));

    private static double? UnderPeers(Results results, Column column, Target ours) => column.Of(results, ours) / Target.Peers.Min(peer => column.Of(results, peer));

    private static string Write(double value) => value.ToString(value >= 1000 ? "#,0" : value < 1 ? "0.###" : "0.##", CultureInfo.InvariantCulture);

    private bool IsMet(double value, double bound) => AtMost ? value <= bound : value >= bound;
}
