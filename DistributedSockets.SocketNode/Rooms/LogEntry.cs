// An entry of a room's log as it is shown now.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>An entry of a room's log as it is shown now.</summary>
/// <param name="Rseq">Its place.</param>
/// <param name="Id">Its id in the system.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Device">The device that sent it; <see cref="DeviceId.Plain"/> for none.</param>
/// <param name="ClientId">The sender's own id.</param>
/// <param name="Body">What the message says now; an edit shows that of its message. Empty for a deletion.</param>
/// <param name="At">When it was stored, by the store's clock: milliseconds since 1970 UTC.</param>
internal sealed record LogEntry(long Rseq, LogEntryKind Kind, MessageId Id, UserId From, DeviceId Device, string ClientId, ReadOnlyMemory<byte> Body, long At)
{
    public string? ContentType { get; init; }

    /// <summary>Of an edit or a deletion: the message that it changes.</summary>
    public MessageId? Of { get; init; }

    /// <summary>Of a message: when it was edited last; 0 for never.</summary>
    public long EditedAt { get; init; }

    /// <summary>Of a message: when it was deleted, and it has no body since; 0 for never.</summary>
    public long DeletedAt { get; init; }
}

internal enum LogEntryKind
{
    Message,
    Edit,
    Delete,
}
