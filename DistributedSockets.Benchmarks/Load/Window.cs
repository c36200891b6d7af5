// The measured part of a run: what was counted and used between its two ends.
using System.Diagnostics;

namespace DistributedSockets.Benchmarks.Load;

internal sealed class Window(Order order)
{
    private readonly Histogram _latencies = new();
    private readonly ProcessUsage _before = ProcessUsage.Read();
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _end = long.MaxValue;

    public long Count { get; set; }

    public long Receipts { get; private set; }

    /// <summary>Of what was sent within the window, whenever it arrived.</summary>
    public Latency? Latency => _latencies.Count == 0
        ? null
        : new Latency(_latencies.Percentile(0.5), _latencies.Percentile(0.99), _latencies.Percentile(0.999), _latencies.Greatest / 1000.0);

    private bool IsOpen => _end == long.MaxValue;

    public void Arrived(long sentAt, long now)
    {
        if (IsOpen)
        {
            Count++;
        }

        if (sentAt >= _start && sentAt < _end)
        {
            _latencies.Record((now - sentAt) * (1_000_000_000 / Stopwatch.Frequency));
        }
    }

    public void Receipted(int count) => Receipts += IsOpen ? count : 0;

    public Figures Close(ProcessUsage? memoryBefore = null)
    {
        _end = Stopwatch.GetTimestamp();
        var after = ProcessUsage.Read();
        var processes = order.Processes.Select(one => new Usage(
            one.Name, after.Cpu(one.Id) - _before.Cpu(one.Id), after.Memory(one.Id) - (memoryBefore?.Memory(one.Id) ?? 0))).ToArray();
        var generator = after.Cpu(Environment.ProcessId) - _before.Cpu(Environment.ProcessId);
        var others = after.Machine - _before.Machine - generator - processes.Sum(one => one.Cpu);
        return new Figures(Count, Stopwatch.GetElapsedTime(_start, _end).TotalSeconds, Receipts, Latency, processes, generator, Math.Max(0, others), null);
    }
}
