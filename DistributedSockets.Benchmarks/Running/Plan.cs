// How much is measured: all of it, or the core in three minutes.
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Benchmarks.Running;

/// <param name="Repeats">Runs of a row with a target; the median counts.</param>
/// <param name="Allocation">Whether what a message allocates in a node is measured.</param>
internal sealed record Plan(IReadOnlyList<Target> Targets, IReadOnlyList<Row> Rows, int Repeats, double WarmUp, double Seconds, bool Allocation)
{
    public static readonly Plan Quick = new(
        [Target.Fast, Target.Reliable, Target.SignalRRedis, Target.SocketIoPubSub, Target.RelayWebSocket, Target.RelayPipes],
        [Row.Same, Row.Between, Row.Many, Row.Latency], 3, 0.3, 1, false);

    public static readonly Plan Full = new(Target.All, Row.All, 3, 0.5, 2.5, true);

    /// <summary>Whether it is everything, whatever the times.</summary>
    public bool IsWhole => Targets.Count == Target.All.Count && Rows.Count == Row.All.Count && Allocation;

    /// <summary>Rows of all targets, whose stacks take turns.</summary>
    public IEnumerable<Row> Shared => Rows.Where(row => row.Nodes is null && !row.NeedsFreshStack);

    /// <summary>Rows of all targets, each on a stack that nothing else has used.</summary>
    public IEnumerable<Row> Fresh => Rows.Where(row => row.NeedsFreshStack);

    /// <summary>Rows of our own clusters, by the number of nodes.</summary>
    public IEnumerable<IGrouping<int, Row>> Own => Rows.Where(row => row.Nodes is not null).GroupBy(row => row.Nodes!.Value);

    /// <summary>A part of it, for who looks for something: <c>--rows between,nodes-4 --targets fast,signalr-redis --repeats 5 --seconds 2</c>.</summary>
    public Plan Take(IConfiguration options)
    {
        var rows = options["rows"]?.Split(',');
        var targets = options["targets"]?.Split(',');
        return this with
        {
            Rows = [.. Rows.Where(row => rows?.Contains(row.Name) != false)],
            Targets = [.. Targets.Where(target => targets?.Contains(target.Name) != false)],
            Allocation = rows is null ? Allocation : rows.Contains("allocation"),
            Repeats = options.GetValue("repeats", Repeats),
            Seconds = options.GetValue("seconds", Seconds),
        };
    }
}
