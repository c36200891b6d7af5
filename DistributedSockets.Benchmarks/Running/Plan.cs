// How much is measured: all of it, or the core in three minutes.
namespace DistributedSockets.Benchmarks.Running;

/// <param name="Repeats">Runs of a row with a target; the median counts.</param>
/// <param name="Nodes">Sizes of our own cluster, to see that a message costs the same in each.</param>
internal sealed record Plan(IReadOnlyList<Target> Targets, IReadOnlyList<Row> Rows, int Repeats, double WarmUp, double Seconds, double Settle, IReadOnlyList<int> Nodes)
{
    public static readonly Plan Quick = new(
        [Target.Fast, Target.Reliable, Target.SignalRRedis, Target.SocketIoPubSub, Target.RelayWebSocket, Target.RelayPipes],
        [Row.Same, Row.Between, Row.Many, Row.Latency], 3, 0.4, 1, 2, []);

    public static readonly Plan Full = new(Target.All, [Row.Same, Row.Between, Row.Many, Row.Latency, Row.Tail, Row.Room, Row.Connects, Row.Idle], 3, 1, 3, 5, [2, 4, 8]);
}
