// Messages at a fixed rate, whatever becomes of the earlier ones: what is late, late sending included, counts as latency.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Dialects;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class OpenLoop(Order order, Dialect dialect, string run) : PairTraffic(order, dialect, run, Math.Max(63, MostInFlight / order.Size))
{
    private const int MostInFlight = 262_143;

    private readonly double _ticksPerMessage = Stopwatch.Frequency / order.Rate;
    private long _start;
    private long _next;

    protected override void Begin() => _start = Stopwatch.GetTimestamp();

    protected override void Go(TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Links.Now < end)
        {
            var now = Stopwatch.GetTimestamp();
            for (var due = Due(_next); due <= now; due = Due(_next))
            {
                Pairs[(int)(_next++ % Pairs.Count)].Send(Links, 1, due);
            }

            Links.Turn(TimeSpan.FromSeconds(Math.Max(0, Due(_next) - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency));
        }
    }

    private long Due(long message) => _start + (long)(message * _ticksPerMessage);
}
