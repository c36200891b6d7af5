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
        var (from, mid) = (entry.From.Value, entry.Id.Value);
        switch (entry.Kind)
        {
            case LogEntryKind.Edit:
                PushFrame.WriteRoomEdit(writer, from, room.Value, entry.Of!.Value.Value, entry.Body.Span, mid, entry.At, entry.Rseq, id, entry.ContentType, redelivered);
                break;
            case LogEntryKind.Delete:
                PushFrame.WriteRoomDelete(writer, from, room.Value, entry.Of!.Value.Value, mid, entry.At, entry.Rseq, id, redelivered);
                break;
            default:
                PushFrame.WriteRoomMessage(writer, from, room.Value, entry.Body.Span, mid, entry.At, entry.Rseq, id, entry.ContentType, redelivered);
                break;
        }
    }
}
