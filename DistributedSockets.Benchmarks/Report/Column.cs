// A column of the table: a figure of a row, and how it is written.
using System.Globalization;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Running;

namespace DistributedSockets.Benchmarks.Report;

internal sealed record Column(Row Row, string Title, Func<Figures, double> Value, string Format)
{
    private const double Kilobyte = 1024;

    public static readonly Column Same = new(Row.Same, "same node /s", one => one.PerSecond, "#,0");
    public static readonly Column Between = new(Row.Between, "between nodes /s", one => one.PerSecond, "#,0");
    public static readonly Column BetweenCpu = new(Row.Between, "CPU between", one => one.CpuPerMillion, "0.0");
    public static readonly Column Many = new(Row.Many, "256 pairs, 1 in flight /s", one => one.PerSecond, "#,0");
    public static readonly Column Latency = new(Row.Latency, "1 in flight, p50", one => one.Latency!.P50, "0 µs");
    public static readonly Column TailP50 = new(Row.Tail, "1,000/s, p50", one => one.Latency!.P50 / 1000, "0.0 ms");
    public static readonly Column TailP99 = new(Row.Tail, "p99", one => one.Latency!.P99 / 1000, "0.0 ms");
    public static readonly Column Tail = new(Row.Tail, "p99.9", one => one.Latency!.P999 / 1000, "0.0 ms");
    public static readonly Column Room = new(Row.Room, "room of 200, deliveries /s", one => one.PerSecond, "#,0");
    public static readonly Column RoomCpu = new(Row.Room, "CPU room", one => one.CpuPerMillion, "0.0");
    public static readonly Column Idle = new(Row.Idle, "idle KB/conn.", one => Holders(one).Sum(process => process.Memory) / Kilobyte / one.Count, "0.0");
    public static readonly Column IdleCpu = new(Row.Idle, "10,000 idle, CPU", one => Holders(one).Sum(process => process.Cpu) / one.Seconds, "0.0 %");
    public static readonly Column Connects = new(Row.Connects, "connects /s", one => one.PerSecond, "#,0");

    public static readonly IReadOnlyList<Column> All = [Same, Between, BetweenCpu, Many, Latency, TailP50, TailP99, Tail, Room, RoomCpu, Idle, IdleCpu, Connects];

    public double? Of(Results results, Target target) => results.Median(target.Name, Row.Name, Value);

    public string Cell(Results results, Target target) =>
        results.HasFailed(target.Name, Row.Name) ? "fails"
        : Of(results, target) is { } value ? Write(value)
        : "–";

    public string Write(double value) => value.ToString(Format, CultureInfo.InvariantCulture);

    // Idle connections are all on the first node, and in the registry where there is one.
    private static IEnumerable<Usage> Holders(Figures figures) => figures.Processes.Where(one => one.Name is "node-1" or "redis");
}
