// Load until a stack's rate has settled: the first seconds of a process are its compiler's, and they are not the same in every run.
using System.Diagnostics;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class WarmUp(GeneratorProcess generator)
{
    /// <summary>A slice that is not faster than this shows nothing new.</summary>
    private const double Gain = 1.05;

    private const int SlicesWithoutGain = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Slices of a second, half on one node and half between nodes, until three in a row are at most 5 % faster than the best before; the same for every target.</summary>
    public async Task RunAsync(Target target, Stack stack, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var best = new double[2];
        for (var without = 0; without < SlicesWithoutGain && Stopwatch.GetElapsedTime(start) < Limit;)
        {
            var same = await RateAsync(Row.Same, target, stack, cancellationToken);
            var between = await RateAsync(Row.Between, target, stack, cancellationToken);
            without = same > best[0] * Gain || between > best[1] * Gain ? 0 : without + 1;
            best = [Math.Max(best[0], same), Math.Max(best[1], between)];
        }
    }

    private async Task<double> RateAsync(Row row, Target target, Stack stack, CancellationToken cancellationToken) =>
        (await generator.RunAsync((row with { Order = row.Order with { WarmUp = 0, Seconds = 0.5 } }).For(target, stack), cancellationToken)).PerSecond;
}
