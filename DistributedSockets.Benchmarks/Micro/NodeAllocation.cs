// What a message on the same node allocates: a whole node in this process, whose client allocates nothing.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load;

namespace DistributedSockets.Benchmarks.Micro;

internal static class NodeAllocation
{
    public const string Name = "allocation";

    private const int Rounds = 100;

    public static async Task<Figures> MeasureAsync(CancellationToken cancellationToken)
    {
        var node = new NodeBenchmarks();
        await node.StartAsync();
        try
        {
            await Task.Run(() => Run(node), cancellationToken);
            var start = Stopwatch.GetTimestamp();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var count = await Task.Run(() => Run(node), cancellationToken);
            var bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
            return new Figures(count, Stopwatch.GetElapsedTime(start).TotalSeconds, 0, null, [new Usage("node", 0, bytes)], 0, 0, null);
        }
        finally
        {
            await node.StopAsync();
        }
    }

    private static long Run(NodeBenchmarks node)
    {
        var first = node.MessageOnTheSameNode();
        for (var i = 0; i < Rounds; i++)
        {
            node.MessageOnTheSameNode();
        }

        return node.MessageOnTheSameNode() - first;
    }
}
