// What a sender does to a message of theirs in a log.
using System.IO.Hashing;
using System.Text;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>An edit or a deletion of a message on its way into the log of a room or of a conversation.</summary>
/// <param name="Id">Made by the node that took it in.</param>
/// <param name="From">Who asks for it: it has to be the message's sender.</param>
/// <param name="Device">The sender's device, which is not sent it again; <see cref="DeviceId.Plain"/> for none.</param>
/// <param name="Of">The message.</param>
/// <param name="Body">What the message says from now on; null to delete it.</param>
/// <param name="ClientId">The sender's own id of the change.</param>
internal sealed record RoomChange(MessageId Id, UserId From, DeviceId Device, MessageId Of, ReadOnlyMemory<byte>? Body, string ClientId)
{
    /// <summary>What the new body is; null for nothing, whatever it was before.</summary>
    public string? ContentType { get; init; }

    /// <summary>64 bits that tell this change from another one, and from a message, with the same id.</summary>
    public ulong Hash => HashOf(Of, Body is null, (Body ?? default).Span);

    public static ulong HashOf(MessageId of, bool isDeletion, ReadOnlySpan<byte> body)
    {
        var hash = new XxHash3();
        hash.Append(Encoding.UTF8.GetBytes((isDeletion ? "delete " : "edit ") + of.Value + " "));
        hash.Append(body);
        return hash.GetCurrentHashAsUInt64();
    }
}
