// Each pair keeps so many messages in flight: what arrives makes room for the next.
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class ClosedLoop(Order order, Dialect dialect, string run) : PairTraffic(order, dialect, run, order.InFlight)
{
    private readonly int _inFlight = order.InFlight;
    private bool _isSending;

    public override void AfterRead(Link link)
    {
        if (_isSending)
        {
            Fill((Pair)link.Role!);
        }
    }

    protected override void Begin()
    {
        _isSending = true;
        Pairs.ForEach(Fill);
    }

    protected override void End() => _isSending = false;

    private void Fill(Pair pair)
    {
        if (_inFlight - pair.InFlight is var room and > 0)
        {
            pair.Send(Links, room);
        }
    }
}
