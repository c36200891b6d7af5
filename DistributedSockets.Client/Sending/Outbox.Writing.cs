// What of the outbox is written when: in order, no more than a node takes, and again what it has refused for a while.
namespace DistributedSockets.Client.Sending;

internal sealed partial class Outbox
{
    /// <summary>What a node reads from one connection without having stored it; more would only fill the network's buffers.</summary>
    private const int MostUnderWay = 256;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);

    private LinkedListNode<OutboxEntry>? _next;
    private int _underWay;
    private long _pausedUntil;
    private Pace? _pace;

    private TimeProvider Time => options.TimeProvider;

    /// <summary>A connection begins: everything is to be written again.</summary>
    /// <param name="perSecond">How many messages the node takes a second; 0 for any.</param>
    public void Begin(long perSecond)
    {
        List<OutboxEntry> tooLarge;
        lock (_gate)
        {
            // From a time when the limit was higher, or not known. The node would close the connection for good.
            tooLarge = [.. _entries.Where(entry => limit.IsTooLarge(entry.Frame))];
            foreach (var entry in _entries)
            {
                entry.State = OutboxState.Waiting;
            }

            (_next, _underWay, _pausedUntil) = (_entries.First, 0, 0);
            _pace = perSecond > 0 ? new Pace(perSecond, Time) : null;
        }

        foreach (var entry in tooLarge)
        {
            Remove(entry.Id)?.Fail(limit.TooLarge(entry.Frame));
        }
    }

    /// <inheritdoc cref="Connecting.IFrameSource.TryTake"/>
    public byte[]? TryTake(int most, out TimeSpan? again)
    {
        lock (_gate)
        {
            again = null;
            if (_next is null || _underWay >= MostUnderWay || _next.Value.Frame.Length > most)
            {
                return null;
            }

            var pause = Time.GetElapsedTime(Time.GetTimestamp(), _pausedUntil);
            if ((_pausedUntil != 0 && pause > TimeSpan.Zero) || (_pace is not null && !_pace.TryTake(out pause)))
            {
                again = pause;
                return null;
            }

            var entry = _next.Value;
            entry.State = OutboxState.Sent;
            _underWay++;
            Advance();
            return entry.Frame;
        }
    }

    /// <summary>It is sent again after <paramref name="wait"/>, and nothing before it.</summary>
    public void Refuse(string id, TimeSpan wait)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out var node) || node.Value.State != OutboxState.Sent)
            {
                return;
            }

            node.Value.State = OutboxState.Refused;
            _underWay--;
            var until = Time.GetTimestamp() + (long)((wait > ShortestPause ? wait : ShortestPause).TotalSeconds * Time.TimestampFrequency);
            _pausedUntil = Math.Max(_pausedUntil, until);
            _next = FirstToWrite();
        }

        news();
    }

    /// <summary>Behind one that was refused there may be some under way, and some refused too.</summary>
    private void Advance()
    {
        do
        {
            _next = _next!.Next;
        }
        while (_next is { Value.State: OutboxState.Sent });
    }

    private LinkedListNode<OutboxEntry>? FirstToWrite()
    {
        var node = _entries.First;
        while (node is { Value.State: OutboxState.Sent })
        {
            node = node.Next;
        }

        return node;
    }
}
