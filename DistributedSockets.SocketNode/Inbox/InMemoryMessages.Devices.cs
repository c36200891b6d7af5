// One user's inbox in memory: where devices are in it.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InMemoryMessages
{
    private readonly List<(DeviceId Device, long Seq)> _cursors = []; // the least recently moved first
    private readonly Dictionary<DeviceId, Tokens> _tokens = [];

    /// <summary>A device's next token, and the one that was used before it.</summary>
    private sealed record Tokens(string Current, long CurrentUntil, string? Used, long UsedUntil);

    public long Cursor(DeviceId device) => FindCursor(device) ?? _delivered;

    /// <summary>Those that have a place, but for plain connections.</summary>
    public IReadOnlyList<DeviceId> Devices => [.. _cursors.Select(cursor => cursor.Device).Where(device => device != DeviceId.Plain)];

    public InboxStart Begin(DeviceId device, ResumeClaim claim, long now)
    {
        var cursor = FindCursor(device);
        var isKnown = cursor is not null || claim.Epoch == Epoch;
        var reason = Rotate(device, claim, now);
        var start = cursor ?? _delivered;
        if (claim.Epoch == Epoch && claim.Ack is { } ack)
        {
            if (ack > End || (claim.Id is { } id && _entries.Find(entry => entry.Seq == ack).Envelope is { } there && there.Id.Value != id))
            {
                Epoch = NewEpoch();
                reason = ResumeFailure.Epoch;
            }
            else
            {
                start = Math.Max(ack, 0);
            }
        }
        else if (claim.Epoch is not null && claim.Epoch != Epoch)
        {
            reason = ResumeFailure.Epoch;
        }

        if (reason == ResumeFailure.Epoch)
        {
            start = cursor ?? 0;
        }

        (long, long)? gap = null;
        if (start < _trimmed)
        {
            (gap, reason) = reason == ResumeFailure.Epoch ? (gap, reason) : ((start + 1, _trimmed), ResumeFailure.Trimmed);
            start = _trimmed;
        }

        if (cursor is null)
        {
            MoveCursor(device, start);
        }

        return new InboxStart(start, End, Epoch, reason, gap, isKnown);
    }

    public string RenewEpoch(string epoch) => Epoch = Epoch == epoch ? NewEpoch() : Epoch;

    /// <summary>False: what has this seq was stored later than what the device was sent.</summary>
    public bool TryAcknowledge(DeviceId device, string? epoch, long seq, long storedAt, long now)
    {
        if (seq > End || (epoch is not null && epoch != Epoch))
        {
            return true;
        }

        if (storedAt > 0 && _entries.Find(entry => entry.Seq == seq) is { } there && there.Envelope.SentAt > storedAt)
        {
            return false;
        }

        if (seq > (FindCursor(device) ?? 0))
        {
            MoveCursor(device, seq);
        }

        Deliver([.. _entries.Where(entry => entry.IsMessage && entry.Seq > _delivered && entry.Seq <= seq).Select(entry => entry.Envelope)], device, now);
        _delivered = Math.Max(_delivered, seq);
        var surplus = FirstAfter(_delivered - InboxLimits.KeptBelowDelivered);
        if (surplus > 0)
        {
            _trimmed = _entries[surplus - 1].Seq;
            _entries.RemoveRange(0, surplus);
        }

        return true;
    }

    private long? FindCursor(DeviceId device)
    {
        var index = _cursors.FindIndex(cursor => cursor.Device == device);
        return index < 0 ? null : _cursors[index].Seq;
    }

    private void MoveCursor(DeviceId device, long seq)
    {
        _cursors.RemoveAll(cursor => cursor.Device == device);
        _cursors.Add((device, seq));
        if (_cursors.Count > limits.Devices)
        {
            _tokens.Remove(_cursors[0].Device);
            _cursors.RemoveAt(0);
        }
    }

    /// <summary>Checks the token that is shown and enters the next one.</summary>
    private ResumeFailure? Rotate(DeviceId device, ResumeClaim claim, long now)
    {
        var present = _tokens.GetValueOrDefault(device);
        var next = new Tokens(claim.NewToken, now + (long)InboxLimits.TokenLife.TotalMilliseconds, Used: null, UsedUntil: 0);
        ResumeFailure? failure = null;
        if (claim.Token is not null && claim.Token == present?.Current && now < present.CurrentUntil)
        {
            next = next with { Used = claim.Token, UsedUntil = now + (long)InboxLimits.TokenOverlap.TotalMilliseconds };
        }
        else if (claim.Token is not null && claim.Token == present?.Used && now < present.UsedUntil)
        {
            next = next with { Used = present.Used, UsedUntil = present.UsedUntil };
        }
        else
        {
            failure = claim.Token is null ? ResumeFailure.New : ResumeFailure.Expired;
        }

        _tokens[device] = next;
        return failure;
    }
}
