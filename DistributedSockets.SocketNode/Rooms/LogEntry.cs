// An entry of a room's log as it is shown now.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>An entry of a room's log as it is shown now.</summary>
/// <param name="Rseq">Its place.</param>
/// <param name="Id">Its id in the system.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Device">The device that sent it; <see cref="DeviceId.Plain"/> for none.</param>
/// <param name="ClientId">The sender's own id.</param>
/// <param name="Body">What it says now.</param>
/// <param name="At">When it was stored, by the store's clock: milliseconds since 1970 UTC.</param>
internal sealed record LogEntry(long Rseq, MessageId Id, UserId From, DeviceId Device, string ClientId, ReadOnlyMemory<byte> Body, long At)
{
    public string? ContentType { get; init; }
}
