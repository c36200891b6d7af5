// Messages at a fixed rate, whatever becomes of the earlier ones: what is late, late sending included, counts as latency.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Dialects;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class OpenLoop : PairTraffic
{
    private const int MostInFlight = 262_143;

    private readonly double _ticksPerMessage;
    private readonly Troublemaker? _troublemaker;
    private long _next;

    public OpenLoop(Order order, Dialect dialect, string run)
        : base(order, dialect, run, Math.Max(63, MostInFlight / order.Size))
    {
        _ticksPerMessage = Stopwatch.Frequency / order.Rate;
        _troublemaker = order.Trouble is { } trouble ? new Troublemaker(trouble, order.Ports[^1], Links, run) : null;
    }

    protected override void Begin()
    {
    }

    protected override void BeginWindow() => _troublemaker?.Begin();

    protected override void Go(TimeSpan time)
    {
        // From now: what was due while this thread looked at the processes is not late by the target's fault.
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        long sent = 0;
        while (Links.Now < end)
        {
            var now = Stopwatch.GetTimestamp();
            for (var due = Due(sent); due <= now; due = Due(++sent))
            {
                Pairs[(int)(_next++ % Pairs.Count)].Send(Links, 1, due);
            }

            _troublemaker?.Turn(now);
            Links.Turn(TimeSpan.FromSeconds(Math.Max(0, Due(sent) - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency));
        }

        long Due(long message) => start + (long)(message * _ticksPerMessage);
    }
}
