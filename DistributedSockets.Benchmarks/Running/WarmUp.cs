// Load before anything is measured: the first seconds of a process are its compiler's.
using System.Diagnostics;
using System.Globalization;

namespace DistributedSockets.Benchmarks.Running;

/// <summary>
/// Load for a fixed time, the same for every target. To stop once the rate no longer rises would be shorter and wrong: it stands still for seconds while the compiler works
/// at what will double it, so such a rule ended after 7 s at a third of what came later.
/// </summary>
internal sealed class WarmUp(GeneratorProcess generator)
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(15);

    /// <summary>For every node beyond two: they share the machine, and each has a compiler of its own.</summary>
    private static readonly TimeSpan More = TimeSpan.FromSeconds(12);

    /// <summary>Connections: without them the first of three runs of that row would be the compiler's.</summary>
    private const int Opened = 2_000;

    /// <summary>Half of it on one node, half between nodes; then connections that come and go.</summary>
    public async Task RunAsync(Target target, Stack stack, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var time = Time + (More * Math.Max(0, stack.Ports.Count - 2));
        var rate = 0.0;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            await RateAsync(Row.Same, target, stack, cancellationToken);
            rate = await RateAsync(Row.Between, target, stack, cancellationToken);
        }

        await generator.RunAsync((Row.Connects with { Order = Row.Connects.Order with { Size = Opened } }).For(target, stack), cancellationToken);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"warm",-12}{target.Name,-18}{rate,12:#,0}/s at the end"));
    }

    private async Task<double> RateAsync(Row row, Target target, Stack stack, CancellationToken cancellationToken) =>
        (await generator.RunAsync((row with { Order = row.Order with { WarmUp = 0, Seconds = 0.5 } }).For(target, stack), cancellationToken)).PerSecond;
}
