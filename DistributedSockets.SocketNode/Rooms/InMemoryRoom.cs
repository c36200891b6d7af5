// One log in memory, and the members where it is a room's. Edits and deletions: InMemoryRoom.Changes.cs.
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>One room in memory. The caller holds the lock.</summary>
internal sealed partial class InMemoryRoom(LogLimits limits)
{
    private readonly Queue<Stored> _entries = []; // dense, by rseq
    private readonly Dictionary<(UserId From, string Id), Remembered> _seen = [];
    private readonly Dictionary<UserId, (string Life, long Number)> _entered = []; // of a conversation, by recipient
    private string _epoch = NewEpoch();
    private long _rseq;
    private long _bytes;
    private long _now;

    /// <summary>An entry, which an edit or a deletion replaces.</summary>
    private sealed class Stored(LogEntry entry, long? due)
    {
        public LogEntry Entry { get; set; } = entry;

        public long? Due => due;

        public int Edits { get; set; }

        public long LastEdit { get; set; }
    }

    private sealed record Remembered(ulong BodyHash, LogPlacement Placement);

    public InMemoryMembers Members { get; } = new();

    public LogEnd End => new(_rseq, _epoch);

    private long First => _rseq - _entries.Count + 1;

    /// <summary>What the clock says now; what is too old goes.</summary>
    public void Trim(long now)
    {
        _now = now;
        while (_entries.TryPeek(out var oldest)
            && (_entries.Count > limits.Messages || (_bytes > limits.Bytes && _entries.Count > 1) || oldest.Entry.At + limits.Retention.TotalMilliseconds <= now))
        {
            _bytes -= _entries.Dequeue().Entry.Body.Length;
        }
    }

    /// <summary>Somebody has seen more of this life than there is: it has gone back in time.</summary>
    public bool CheckAgainst(LogEnd seen)
    {
        var hasGoneBack = seen.Epoch == _epoch && seen.Rseq > _rseq;
        _epoch = hasGoneBack ? NewEpoch() : _epoch;
        return hasGoneBack;
    }

    public IReadOnlyList<LogPlacement> Append(IReadOnlyList<RoomMessage> messages)
    {
        var placements = messages.Select(message => Recall(message.Id, message.From, message.ClientId, message.BodyHash) ?? Store(message)).ToList();
        Trim(_now);
        return placements;
    }

    /// <summary>Enters messages that lie in an inbox; what was entered before is left out.</summary>
    public void Enter(UserId recipient, string life, IReadOnlyList<SentMessage> messages)
    {
        var before = _entered.TryGetValue(recipient, out var mark) && mark.Life == life ? mark.Number : 0;
        foreach (var (number, message) in messages.Where(sent => sent.Number > before))
        {
            _entered[recipient] = (life, number);
            Store(
                new LogEntry(++_rseq, LogEntryKind.Message, message.Id, message.From, message.SentBy ?? DeviceId.Plain, message.ClientId!, message.Body, message.SentAt) { ContentType = message.ContentType },
                message.TtlSeconds);
        }

        Trim(_now);
    }

    public LogStart Begin(UserId? user, LogEnd place, LogEnd? since)
    {
        var (after, reason) = CheckAgainst(place) || place.Epoch != _epoch ? (0L, LogStartReason.Epoch) : (place.Rseq, (LogStartReason?)null);
        if (place.Epoch is null)
        {
            (after, reason) = (_rseq, null);
        }

        if (since is { } said && said.Epoch == _epoch && said.Rseq <= _rseq)
        {
            (after, reason) = (said.Rseq, null);
        }

        (long, long)? gap = null;
        if (reason is null && after < First - 1)
        {
            (gap, reason, after) = ((after + 1, First - 1), LogStartReason.Trimmed, First - 1);
        }

        return new LogStart(after, End, reason, gap, Members.Count, user is { } member && Members.Contains(member));
    }

    public LogPage Read(long after, (UserId User, DeviceId Device)? reader) =>
        Page(
            _entries.Where(stored => stored.Entry.Rseq > after),
            stored => (stored.Entry.From, stored.Entry.Device) == reader ? null : Shown(stored),
            RoomLimits.Page,
            _rseq);

    public LogPage ReadHistory(LogRange range, int limit)
    {
        if (range.After is { } after)
        {
            return Page(_entries.Where(stored => stored.Entry.Rseq > after), InHistory, limit, _rseq);
        }

        var page = Page(_entries.Reverse().Where(stored => stored.Entry.Rseq < (range.Before ?? long.MaxValue)), InHistory, limit, First);
        return page with { Entries = [.. page.Entries.Reverse()] };
    }

    private static string NewEpoch() => Guid.NewGuid().ToString("N");

    /// <summary>What became of the same id before; null if it was not used.</summary>
    private LogPlacement? Recall(MessageId id, UserId from, string clientId, ulong bodyHash)
    {
        if (!_seen.TryGetValue((from, clientId), out var first) || _now >= first.Placement.StoredAt + InboxLimits.IdMemory.TotalMilliseconds)
        {
            return null;
        }

        if (first.BodyHash != bodyHash)
        {
            return new LogPlacement(LogOutcome.IdReused, id, 0, 0);
        }

        var isThere = Find(first.Placement.Rseq) is { } stored && Shown(stored) is not null;
        return first.Placement with { Outcome = isThere ? LogOutcome.Duplicate : LogOutcome.Gone };
    }

    private LogPlacement Store(RoomMessage message)
    {
        Store(
            new LogEntry(++_rseq, LogEntryKind.Message, message.Id, message.From, message.Device, message.ClientId, message.Body, _now) { ContentType = message.ContentType },
            message.TtlSeconds);
        return Remember(message.From, message.ClientId, message.BodyHash, new LogPlacement(LogOutcome.Stored, message.Id, _rseq, _now));
    }

    private void Store(LogEntry entry, int ttlSeconds)
    {
        _entries.Enqueue(new Stored(entry, ttlSeconds > 0 ? entry.At + (ttlSeconds * 1000L) : null));
        _bytes += entry.Body.Length;
    }

    private LogPlacement Remember(UserId from, string clientId, ulong bodyHash, LogPlacement placement)
    {
        _seen[(from, clientId)] = new Remembered(bodyHash, placement);
        return placement;
    }

    private Stored? Find(long rseq) => rseq < First ? null : _entries.ElementAtOrDefault((int)(rseq - First));

    private bool IsPast(Stored stored) => stored.Due <= _now;

    /// <param name="show">An entry as it is shown; null for nothing.</param>
    /// <param name="last">Where reading ends, if the page does not end before.</param>
    private LogPage Page(IEnumerable<Stored> stored, Func<Stored, LogEntry?> show, int limit, long last)
    {
        var (entries, bytes, through, atEnd) = (new List<LogEntry>(), 0, last, true);
        var previous = (long?)null;
        foreach (var next in stored)
        {
            if (show(next) is { } shown)
            {
                if (entries.Count == limit || (entries.Count > 0 && bytes + shown.Body.Length > RoomLimits.PageBytes))
                {
                    (through, atEnd) = (previous!.Value, false);
                    break;
                }

                entries.Add(shown);
                bytes += shown.Body.Length;
            }

            previous = next.Entry.Rseq;
        }

        return new LogPage(entries, through, atEnd, First, End);
    }
}
