// One user's inbox in memory: its entries. Devices: InMemoryMessages.Devices.cs; what becomes of messages: InMemoryMessages.Outcomes.cs.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>One user's inbox in memory. The caller holds the lock.</summary>
internal sealed partial class InMemoryMessages(InboxLimits limits)
{
    private readonly List<Entry> _entries = []; // by seq, with holes
    private readonly Dictionary<(UserId From, string Id), Remembered> _seen = [];
    private long _trimmed;
    private long _delivered;

    private readonly record struct Entry(Envelope Envelope, long Due)
    {
        public long Seq => Envelope.Seq;

        public bool IsMessage => Envelope.IsAccounted;
    }

    private sealed record Remembered(ulong BodyHash, Placement Placement);

    public string Epoch { get; private set; } = NewEpoch();

    public long End { get; private set; }

    public IReadOnlyList<Placement> Append(UserId user, IReadOnlyList<Envelope> envelopes, long now)
    {
        var placements = new List<Placement>(envelopes.Count);
        var isFull = false;
        foreach (var envelope in envelopes)
        {
            var bodyHash = envelope.IsReliable ? EnvelopeHash.OfBody(envelope) : 0;
            if (Recall(envelope, now) is { } first)
            {
                placements.Add(first.BodyHash == bodyHash
                    ? first.Placement with { Kind = Has(first.Placement.Seq) ? PlacementKind.Duplicate : PlacementKind.Gone }
                    : new Placement(PlacementKind.IdReused, envelope.Id, 0, 0));
                continue;
            }

            var (count, bytes) = Waiting();
            isFull |= count + 1 > limits.Messages || bytes + envelope.Body.Length > limits.Bytes;
            placements.Add(isFull ? new Placement(PlacementKind.Full, envelope.Id, 0, 0) : Store(user, envelope, bodyHash, now));
        }

        OweCopies(placements.Zip(envelopes), now);
        return placements;
    }

    public bool IsReused(Envelope envelope, long now) => Recall(envelope, now) is { } first && first.BodyHash != EnvelopeHash.OfBody(envelope);

    /// <summary>A receipt, or a copy of what the user has sent.</summary>
    public Envelope AppendOwed(Envelope owed)
    {
        var stored = owed with { Seq = ++End };
        _entries.Add(new Entry(stored with { Epoch = null }, owed.SentAt + (long)limits.Retention.TotalMilliseconds));
        return stored;
    }

    public InboxPage Read(long after, int limit)
    {
        var start = FirstAfter(after);
        var count = Math.Min(limit, _entries.Count - start);
        return new InboxPage([.. _entries.GetRange(start, count).Select(entry => entry.Envelope with { Epoch = Epoch })], start + count == _entries.Count);
    }

    /// <summary>The messages that nobody has acknowledged.</summary>
    public IEnumerable<Envelope> Waiting(long now) =>
        _entries.Skip(FirstAfter(_delivered)).Where(entry => entry.IsMessage && entry.Due > now).Select(entry => entry.Envelope);

    private static string NewEpoch() => Guid.NewGuid().ToString("N");

    private Placement Store(UserId user, Envelope envelope, ulong bodyHash, long now)
    {
        var stored = new Envelope(envelope.Id, envelope.From, user, envelope.Body, now)
        {
            Seq = ++End,
            ClientId = envelope.ClientId,
            ContentType = envelope.ContentType,
            Kind = envelope.Kind,
            Of = envelope.Of,
            TtlSeconds = envelope.TtlSeconds,
        };
        var retention = (long)limits.Retention.TotalMilliseconds;
        _entries.Add(new Entry(stored, now + (envelope.TtlSeconds > 0 ? Math.Min(envelope.TtlSeconds * 1000L, retention) : retention)));
        _accepted++;
        _waitingBytes += envelope.Body.Length;
        var placement = new Placement(PlacementKind.Stored, envelope.Id, stored.Seq, now);
        if (envelope.IsReliable)
        {
            _seen[(envelope.From, envelope.ClientId!)] = new Remembered(bodyHash, placement);
        }

        return placement;
    }

    /// <summary>What was stored with the same id before; null when its time is over.</summary>
    private Remembered? Recall(Envelope envelope, long now) =>
        envelope.IsReliable && _seen.TryGetValue((envelope.From, envelope.ClientId!), out var first) && now < first.Placement.StoredAt + (long)InboxLimits.IdMemory.TotalMilliseconds
            ? first
            : null;

    private bool Has(long seq)
    {
        var index = FirstAfter(seq - 1);
        return index < _entries.Count && _entries[index].Seq == seq;
    }

    /// <summary>Where the first entry behind a seq is in the list.</summary>
    private int FirstAfter(long seq)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _entries[middle].Seq <= seq ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
