// One sender to many receivers on all nodes, in rounds: a message to the room that they are in, or one for each where the target has no rooms.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class FanOut : ILinkListener, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Order _order;
    private readonly LinkSet _links;
    private readonly Link _sender;
    private readonly Template[] _templates;
    private readonly uint[] _expected;
    private readonly int[] _missing;
    private readonly long[] _sentAt;
    private uint _rounds;
    private int _open;
    private Window? _window;
    private bool _isSending;

    public FanOut(Order order, Dialect dialect, string run)
    {
        _order = order;
        _links = new LinkSet(this);
        var room = dialect.HasRooms ? $"{run}room" : null;
        _sender = new Link(0, $"{run}s", dialect.SenderJoins ? room : null, order.Ports[0], dialect);
        var receivers = Enumerable.Range(0, order.Size).Select(i => new Link(1 + i, $"{run}r{i}", room, order.Ports[i % order.Ports.Length], dialect)).ToArray();
        _templates = room is null
            ? [.. receivers.Select(receiver => new Template(dialect.Message(_sender.User, receiver.User), 0))]
            : [new Template(dialect.RoomMessage(room), 0)];
        _expected = new uint[order.Size];
        _missing = new int[order.InFlight];
        _sentAt = new long[order.InFlight];
        _links.Open([_sender, .. receivers], 64, Limit);
    }

    public Figures Run()
    {
        _isSending = true;
        Fill();
        Go(TimeSpan.FromSeconds(_order.WarmUp));
        _window = new Window(_order);
        Go(TimeSpan.FromSeconds(_order.Seconds));
        var figures = _window.Close();
        _isSending = false;
        var start = Stopwatch.GetTimestamp();
        while (_open > 0)
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new LoadException($"{_open} rounds have not arrived everywhere: lost.");
            }

            _links.Turn(TimeSpan.FromMilliseconds(20));
        }

        return figures with { Latency = _window.Latency };
    }

    public void Arrived(Link link, Mark mark)
    {
        var receiver = link.Index - 1;
        if (receiver < 0 || mark.Sequence != _expected[receiver])
        {
            throw new LoadException($"'{link.User}' was sent message {mark.Sequence}: lost, doubled or out of order.");
        }

        _expected[receiver]++;
        var place = mark.Sequence % _missing.Length;
        if (--_missing[place] == 0)
        {
            _open--;
        }

        _window?.Arrived(_sentAt[place], _links.Now);
    }

    public void Acknowledged(Link link)
    {
    }

    public void Receipted(Link link, int count)
    {
    }

    public void AfterRead(Link link)
    {
        if (_isSending)
        {
            Fill();
        }
    }

    public void Dispose() => _links.Dispose();

    private void Go(TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (_links.Now < end)
        {
            _links.Turn(TimeSpan.FromMilliseconds(20));
        }
    }

    // The oldest round must be everywhere before its place is taken by the next.
    private void Fill()
    {
        while (_missing[_rounds % _missing.Length] == 0)
        {
            var place = _rounds % _missing.Length;
            _missing[place] = _order.Size;
            _sentAt[place] = Stopwatch.GetTimestamp();
            _open++;
            var length = 0;
            foreach (var template in _templates)
            {
                template.Write(_links.Output[length..], _rounds);
                length += template.Length;
            }

            _links.Send(_sender, _links.Output[..length]);
            _rounds++;
        }
    }
}
