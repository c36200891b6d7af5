// What goes into the log of a room.
using System.IO.Hashing;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>A message on its way into the log of a room.</summary>
/// <param name="Id">Made by the node that took the message in.</param>
/// <param name="From">The sender.</param>
/// <param name="Device">The sender's device, which is not sent it again; <see cref="DeviceId.Plain"/> for none.</param>
/// <param name="Body">One complete JSON value in UTF-8: the bytes that came.</param>
/// <param name="ClientId">The sender's own id. The same sender and id within 24 h at least is stored once. Empty for a message that is not stored.</param>
internal sealed record RoomMessage(MessageId Id, UserId From, DeviceId Device, ReadOnlyMemory<byte> Body, string ClientId)
{
    /// <summary>When the node took it in: milliseconds since 1970 UTC. What is stored has the store's time instead.</summary>
    public long SentAt { get; init; }

    /// <summary>What the body is, in the sender's words.</summary>
    public string? ContentType { get; init; }

    /// <summary>After how many seconds it is not shown any more; 0 for as long as the log keeps it.</summary>
    public int TtlSeconds { get; init; }

    /// <summary>64 bits that tell this message from another one with the same id.</summary>
    public ulong BodyHash => XxHash3.HashToUInt64(Body.Span);
}
