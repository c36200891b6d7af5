// The measured part of a run: what was counted and used between its two ends.
using System.Diagnostics;

namespace DistributedSockets.Benchmarks.Load;

internal sealed class Window(Order order)
{
    private readonly ProcessUsage _before = ProcessUsage.Read();
    private readonly long _start = Stopwatch.GetTimestamp();

    public Histogram Latencies { get; } = new();

    public long Count { get; set; }

    public long Receipts { get; set; }

    public Figures Close(ProcessUsage? memoryBefore = null)
    {
        var seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        var after = ProcessUsage.Read();
        var processes = order.Processes.Select(one => new Usage(
            one.Name, after.Cpu(one.Id) - _before.Cpu(one.Id), after.Memory(one.Id) - (memoryBefore?.Memory(one.Id) ?? 0))).ToArray();
        var latency = Latencies.Count == 0
            ? null
            : new Latency(Latencies.Percentile(0.5), Latencies.Percentile(0.99), Latencies.Percentile(0.999), Latencies.Greatest / 1000.0);
        var generator = after.Cpu(Environment.ProcessId) - _before.Cpu(Environment.ProcessId);
        var others = after.Machine - _before.Machine - generator - processes.Sum(one => one.Cpu);
        return new Figures(Count, seconds, Receipts, latency, processes, generator, Math.Max(0, others), null);
    }
}
