// What a node sends a ds.v1 client about messages that were sent before: edits, deletions, histories.
using System.Buffers;

namespace DistributedSockets.Protocol;

public static partial class PushFrame
{
    /// <summary>A message to a user says something else from here on.</summary>
    public static void WriteEdit(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> to, ReadOnlySpan<char> of, ReadOnlySpan<byte> body, ReadOnlySpan<char> mid, long ts, long seq, string? id, string? ct,
        bool redelivered)
    {
        WriteEdit(writer, from, ",\"to\":"u8, to, of, body);
        WriteRest(writer, mid, ts, ",\"seq\":"u8, seq, id, ct, redelivered);
    }

    /// <summary>A message to a user is taken back.</summary>
    public static void WriteDelete(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> to, ReadOnlySpan<char> of, ReadOnlySpan<char> mid, long ts, long seq, string? id, bool redelivered)
    {
        WriteDelete(writer, from, ",\"to\":"u8, to, of);
        WriteRest(writer, mid, ts, ",\"seq\":"u8, seq, id, ct: null, redelivered);
    }

    /// <summary>A message to a room says something else from here on.</summary>
    public static void WriteRoomEdit(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> room, ReadOnlySpan<char> of, ReadOnlySpan<byte> body, ReadOnlySpan<char> mid, long ts, long rseq, string? id, string? ct,
        bool redelivered)
    {
        WriteEdit(writer, from, ",\"room\":"u8, room, of, body);
        WriteRest(writer, mid, ts, ",\"rseq\":"u8, rseq, id, ct, redelivered);
    }

    /// <summary>A message to a room is taken back.</summary>
    public static void WriteRoomDelete(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> room, ReadOnlySpan<char> of, ReadOnlySpan<char> mid, long ts, long rseq, string? id, bool redelivered)
    {
        WriteDelete(writer, from, ",\"room\":"u8, room, of);
        WriteRest(writer, mid, ts, ",\"rseq\":"u8, rseq, id, ct: null, redelivered);
    }

    /// <summary>A page of a room's history.</summary>
    public static void WriteHistory(IBufferWriter<byte> writer, ReadOnlySpan<char> room, string? id, string? epoch, long first, long last, bool more, IReadOnlyList<HistoryMessage> messages)
    {
        JsonMember.Write(writer, "{\"type\":\"history\",\"room\":"u8, room);
        WriteHistory(writer, id, epoch, first, last, more, messages);
    }

    /// <summary>A page of the history of the conversation with a user.</summary>
    public static void WritePeerHistory(IBufferWriter<byte> writer, ReadOnlySpan<char> peer, string? id, string? epoch, long first, long last, bool more, IReadOnlyList<HistoryMessage> messages)
    {
        JsonMember.Write(writer, "{\"type\":\"history\",\"peer\":"u8, peer);
        WriteHistory(writer, id, epoch, first, last, more, messages);
    }

    private static void WriteEdit(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<byte> opening, ReadOnlySpan<char> target, ReadOnlySpan<char> of, ReadOnlySpan<byte> body)
    {
        JsonMember.Write(writer, "{\"type\":\"edit\",\"from\":"u8, from);
        JsonMember.Write(writer, opening, target);
        JsonMember.Write(writer, ",\"of\":"u8, of);
        JsonMember.WriteJson(writer, ",\"body\":"u8, body);
    }

    private static void WriteDelete(IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<byte> opening, ReadOnlySpan<char> target, ReadOnlySpan<char> of)
    {
        JsonMember.Write(writer, "{\"type\":\"delete\",\"from\":"u8, from);
        JsonMember.Write(writer, opening, target);
        JsonMember.Write(writer, ",\"of\":"u8, of);
    }

    private static void WriteHistory(IBufferWriter<byte> writer, string? id, string? epoch, long first, long last, bool more, IReadOnlyList<HistoryMessage> messages)
    {
        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        JsonMember.WriteIfAny(writer, ",\"epoch\":"u8, epoch);
        JsonMember.Write(writer, ",\"first\":"u8, first);
        JsonMember.Write(writer, ",\"last\":"u8, last);
        JsonMember.Write(writer, ",\"more\":"u8, more);
        writer.Write(",\"messages\":["u8);
        for (var index = 0; index < messages.Count; index++)
        {
            WriteHistoryMessage(writer, index == 0 ? "{\"from\":"u8 : ",{\"from\":"u8, messages[index]);
        }

        writer.Write("]}"u8);
    }

    private static void WriteHistoryMessage(IBufferWriter<byte> writer, ReadOnlySpan<byte> opening, HistoryMessage message)
    {
        JsonMember.Write(writer, opening, message.From);
        if (message.Deleted == 0)
        {
            JsonMember.WriteJson(writer, ",\"body\":"u8, message.Body.Span);
        }

        JsonMember.Write(writer, ",\"mid\":"u8, message.Mid);
        JsonMember.Write(writer, ",\"ts\":"u8, message.Ts);
        JsonMember.Write(writer, ",\"rseq\":"u8, message.Rseq);
        JsonMember.Write(writer, ",\"id\":"u8, message.Id);
        JsonMember.WriteIfAny(writer, ",\"ct\":"u8, message.Ct);
        JsonMember.WriteIfAny(writer, ",\"edited\":"u8, message.Edited);
        JsonMember.WriteIfAny(writer, ",\"deleted\":"u8, message.Deleted);
        writer.Write("}"u8);
    }
}

/// <summary>A message as a history shows it.</summary>
/// <param name="Body">What it says now; nothing of it is shown once it is deleted.</param>
/// <param name="Edited">When it was edited last, in ms since 1970; 0 for never.</param>
/// <param name="Deleted">When it was deleted; 0 for never.</param>
public sealed record HistoryMessage(string From, ReadOnlyMemory<byte> Body, string Mid, long Ts, long Rseq, string Id, string? Ct, long Edited, long Deleted);
