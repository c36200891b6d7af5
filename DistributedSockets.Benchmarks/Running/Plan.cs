// How much is measured: all of it, or the core in three minutes.
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Benchmarks.Running;

/// <param name="Repeats">Runs of a row with a target; the median counts.</param>
/// <param name="Nodes">Sizes of our own cluster, to see that a message costs the same in each.</param>
internal sealed record Plan(IReadOnlyList<Target> Targets, IReadOnlyList<Row> Rows, int Repeats, double WarmUp, double Seconds, double Settle, IReadOnlyList<int> Nodes)
{
    private const string Scale = "scale";

    /// <summary>Whether it is everything, whatever the times.</summary>
    public bool IsWhole => Targets.Count == Target.All.Count && Rows.Count == Full.Rows.Count && Nodes.Count > 0;

    public static readonly Plan Quick = new(
        [Target.Fast, Target.Reliable, Target.SignalRRedis, Target.SocketIoPubSub, Target.RelayWebSocket, Target.RelayPipes],
        [Row.Same, Row.Between, Row.Many, Row.Latency], 3, 0.5, 1.5, 2, []);

    public static readonly Plan Full = new(Target.All, [Row.Same, Row.Between, Row.Many, Row.Latency, Row.Tail, Row.Room, Row.Connects, Row.Idle], 3, 1, 3, 5, [2, 4, 8]);

    /// <summary>A part of it, for who looks for something: <c>--rows between,scale --targets fast,signalr-redis --repeats 5 --seconds 2</c>.</summary>
    public Plan Take(IConfiguration options)
    {
        var rows = options["rows"]?.Split(',');
        var targets = options["targets"]?.Split(',');
        return this with
        {
            Rows = [.. Rows.Where(row => rows?.Contains(row.Name) != false)],
            Targets = [.. Targets.Where(target => targets?.Contains(target.Name) != false)],
            Nodes = rows?.Contains(Scale) != false ? Nodes : [],
            Repeats = options.GetValue("repeats", Repeats),
            Seconds = options.GetValue("seconds", Seconds),
        };
    }
}
