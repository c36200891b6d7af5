// One room in memory: edits and deletions, and what they leave to show.
namespace DistributedSockets.SocketNode.Rooms;

internal sealed partial class InMemoryRoom
{
    public LogPlacement Change(RoomChange change)
    {
        if (Recall(change.Id, change.From, change.ClientId, change.Hash) is { } earlier)
        {
            return earlier;
        }

        var original = _entries.FirstOrDefault(stored => stored.Entry.Id == change.Of && stored.Entry.Kind == LogEntryKind.Message);
        if (original is null || Shown(original) is null)
        {
            return Refused(change, LogOutcome.NoSuchMessage);
        }

        if (original.Entry.From != change.From)
        {
            return Refused(change, LogOutcome.NotYours);
        }

        if (change.Body is not null && original.Edits >= limits.EditsPerMessage)
        {
            return Refused(change, LogOutcome.TooManyEdits);
        }

        var placement = Enter(change);
        _bytes += (change.Body ?? default).Length - original.Entry.Body.Length;
        original.Entry = change.Body is { } body
            ? original.Entry with { Body = body, ContentType = change.ContentType, EditedAt = _now }
            : original.Entry with { Body = default, ContentType = null, DeletedAt = _now };
        if (change.Body is not null)
        {
            (original.Edits, original.LastEdit) = (original.Edits + 1, placement.Rseq);
        }

        Trim(_now);
        return placement;
    }

    private static LogPlacement Refused(RoomChange change, LogOutcome why) => new(why, change.Id, 0, 0);

    private LogPlacement Enter(RoomChange change)
    {
        var kind = change.Body is null ? LogEntryKind.Delete : LogEntryKind.Edit;
        _entries.Enqueue(new Stored(new LogEntry(++_rseq, kind, change.Id, change.From, change.Device, change.ClientId, default, _now) { Of = change.Of }, due: null));
        return Remember(change.From, change.ClientId, change.Hash, new LogPlacement(LogOutcome.Stored, change.Id, _rseq, _now));
    }

    /// <summary>What an entry shows to who has not seen it yet; null for nothing. Of several edits it is the last.</summary>
    private LogEntry? Shown(Stored stored)
    {
        switch (stored.Entry.Kind)
        {
            case LogEntryKind.Message:
                return stored.Entry.DeletedAt > 0 || IsPast(stored) ? null : stored.Entry;
            case LogEntryKind.Edit:
                var original = _entries.FirstOrDefault(other => other.LastEdit == stored.Entry.Rseq);
                return original is not null && Shown(original) is { } message ? stored.Entry with { Body = message.Body, ContentType = message.ContentType } : null;
            default:
                return stored.Entry;
        }
    }

    /// <summary>What a history shows: messages only, deleted ones without their bodies.</summary>
    private LogEntry? InHistory(Stored stored) => stored.Entry.Kind == LogEntryKind.Message && !IsPast(stored) ? stored.Entry : null;
}
