// One user's inbox in memory: what becomes of its messages, and what of that is owed to their senders.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InMemoryMessages
{
    private readonly List<OwedReceipt> _owed = [];
    private readonly Dictionary<UserId, long> _reads = [];
    private readonly Dictionary<UserId, (string Life, long Number)> _receipted = [];
    private long _lastOwed;
    private long _accepted;
    private long _deliveredCount;
    private long _expired;
    private long _failed;
    private long _waitingBytes;

    /// <summary>What outcomes are numbered in.</summary>
    public string Life { get; } = NewEpoch();

    public bool MarkRead(UserId from, string? epoch, long upto, long now)
    {
        var mark = _reads.GetValueOrDefault(from);
        if (upto <= End && upto > mark && (epoch is null || epoch == Epoch))
        {
            var looked = 0;
            for (var index = FirstAfter(upto) - 1; index >= 0 && _entries[index].Seq > mark && looked < InboxLimits.ReadMarkReach; index--)
            {
                var envelope = _entries[index].Envelope;
                var isReliable = envelope.IsReliable && envelope.IsAccounted;
                looked += isReliable ? 1 : 0;
                if (isReliable && envelope.From == from)
                {
                    _reads[from] = upto;
                    Owe([envelope], ReceiptState.Read, device: null, now);
                    break;
                }
            }
        }

        return _owed.Count > 0;
    }

    public OwedPage ReadOwed(long after, int limit)
    {
        var rest = _owed.Where(receipt => receipt.Number > after).ToList();
        return new OwedPage(Life, [.. rest.Take(limit)], rest.Count <= limit);
    }

    public void Settle(IReadOnlyList<long> numbers)
    {
        var settled = numbers.ToHashSet();
        _owed.RemoveAll(receipt => settled.Contains(receipt.Number));
    }

    public long Receipted(UserId peer, string life) => _receipted.TryGetValue(peer, out var known) && known.Life == life ? known.Number : 0;

    public void SetReceipted(UserId peer, string life, long number) => _receipted[peer] = (life, number);

    public InboxDepth Depth => new(End, _delivered, Waiting().Count, _waitingBytes, Epoch);

    /// <summary>Takes out what no device has acknowledged.</summary>
    public long Clear(long now)
    {
        Envelope[] removed = [.. _entries.Where(entry => entry.IsMessage && entry.Seq > _delivered).Select(entry => entry.Envelope)];
        _entries.RemoveAll(entry => entry.IsMessage && entry.Seq > _delivered);
        _failed += removed.Length;
        EndAll(removed, ReceiptState.Failed, device: null, now);
        return removed.Length;
    }

    public SweptInbox Sweep(long now)
    {
        var expiredBefore = _expired;
        foreach (var entry in _entries.Where(entry => entry.Due <= now && entry.IsMessage && entry.Seq > _delivered))
        {
            _expired++;
            _waitingBytes -= entry.Envelope.Body.Length;
            if (entry.Envelope.IsReliable)
            {
                Owe([entry.Envelope], ReceiptState.Expired, device: null, now);
            }
        }

        // What was delivered stays until it is the oldest, and receipts do.
        _entries.RemoveAll(entry => entry.Due <= now && entry.IsMessage && entry.Seq > _delivered);
        _entries.RemoveRange(0, _entries.TakeWhile(entry => entry.Due <= now).Count());
        foreach (var (key, first) in _seen)
        {
            if (now >= first.Placement.StoredAt + (long)InboxLimits.IdMemory.TotalMilliseconds)
            {
                _seen.Remove(key);
            }
        }

        if (_entries.Count == 0)
        {
            // Marks that spare nothing any more.
            _reads.Clear();
            _receipted.Clear();
        }

        var pending = Waiting().Count;
        long? next = _entries.Count > 0 ? Math.Min(_entries[0].Due, _entries.Where(entry => entry.Seq > _delivered).Min(entry => (long?)entry.Due) ?? long.MaxValue) : null;
        if (pending > 0 || _owed.Count > 0)
        {
            next = Math.Min(next ?? long.MaxValue, now + (long)limits.VisitPeriod.TotalMilliseconds);
        }

        var counted = _entries.LongCount(entry => entry.IsMessage && entry.Seq > _delivered);
        return new SweptInbox(new Ledger(_accepted, _deliveredCount, _expired, _failed, counted), next, _owed.Count > 0, _expired - expiredBefore);
    }

    private (long Count, long Bytes) Waiting() => (_accepted - _deliveredCount - _expired - _failed, _waitingBytes);

    private void Deliver(IReadOnlyList<Envelope> acknowledged, DeviceId device, long now)
    {
        _deliveredCount += acknowledged.Count;
        EndAll(acknowledged, ReceiptState.Delivered, device, now);
    }

    /// <summary>What ends at once makes up one outcome for each sender.</summary>
    private void EndAll(IReadOnlyList<Envelope> ended, ReceiptState state, DeviceId? device, long now)
    {
        _waitingBytes -= ended.Sum(envelope => (long)envelope.Body.Length);
        foreach (var sender in ended.Where(envelope => envelope.IsReliable).GroupBy(envelope => envelope.From))
        {
            foreach (var messages in sender.Chunk(InboxLimits.MessagesPerReceipt))
            {
                Owe(messages, state, device, now);
            }
        }
    }

    /// <summary>Messages of one sender and device in a row make up one outcome.</summary>
    private void OweCopies(IEnumerable<(Placement Placement, Envelope Envelope)> placed, long now)
    {
        var row = new List<Envelope>();
        foreach (var (placement, envelope) in placed.Where(one => one.Placement.Kind == PlacementKind.Stored))
        {
            if (row.Count > 0 && (!envelope.IsReliable || (row[^1].From, row[^1].SentBy) != (envelope.From, envelope.SentBy)))
            {
                End();
            }

            if (envelope.IsReliable)
            {
                row.Add(envelope with { Seq = placement.Seq });
            }
        }

        if (row.Count > 0)
        {
            End();
        }

        void End()
        {
            _owed.Add(new OwedReceipt(++_lastOwed, row[0].From, [row[0].Id], row[^1].Seq, ReceiptState.Copy, row[0].SentBy ?? DeviceId.Plain, now) { Count = row.Count });
            row.Clear();
        }
    }

    private void Owe(Envelope[] messages, ReceiptState state, DeviceId? device, long now) =>
        _owed.Add(new OwedReceipt(++_lastOwed, messages[0].From, [.. messages.Select(message => message.Id)], messages[^1].Seq, state, device, now));
}
