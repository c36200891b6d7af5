// An entry of a room's log as the bytes of a push.
using System.Buffers;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>An entry of a room's log as the bytes of a push: the same for everyone who is sent it.</summary>
internal static class RoomPush
{
    public static void Write(IBufferWriter<byte> writer, RoomId room, LogEntry entry, bool redelivered)
    {
        var id = entry.ClientId.Length > 0 ? entry.ClientId : null;
        PushFrame.WriteRoomMessage(writer, entry.From.Value, room.Value, entry.Body.Span, entry.Id.Value, entry.At, entry.Rseq, id, entry.ContentType, redelivered);
    }
}
