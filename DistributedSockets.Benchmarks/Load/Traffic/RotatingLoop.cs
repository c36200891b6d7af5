// So many messages in flight over all pairs, which take turns: each message is to somebody who has not been written to for long.
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class RotatingLoop(Order order, Dialect dialect, string run) : PairTraffic(order, dialect, run, mostInFlight: 1)
{
    private readonly int _inFlight = Math.Min(order.InFlight, order.Size);
    private long _sent;
    private int _next;
    private bool _isSending;

    public override void AfterRead(Link link)
    {
        if (_isSending)
        {
            Fill();
        }
    }

    protected override void Begin()
    {
        _isSending = true;
        Fill();
    }

    protected override void End() => _isSending = false;

    private void Fill()
    {
        while (_sent - ArrivedCount < _inFlight)
        {
            var pair = Pairs[_next];
            _next = (_next + 1) % Pairs.Count;
            if (pair.InFlight == 0)
            {
                pair.Send(Links, 1);
                _sent++;
            }
        }
    }
}
