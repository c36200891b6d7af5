// What a node sends a ds.v1 client about messages: the message, its ack, its receipts, its errors, its trace.
using System.Buffers;

namespace DistributedSockets.Protocol;

/// <summary>
/// Appends one push each: exactly one JSON object, with no line break in it or behind it. Fields stand in the order of docs/protocol.md, <c>type</c> first;
/// what is absent is left out.
/// </summary>
public static partial class PushFrame
{
    /// <summary>A message for this client. A <paramref name="seq"/> of 0 is none: it is not in the inbox.</summary>
    public static void WriteMessage(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> to, ReadOnlySpan<byte> body, ReadOnlySpan<char> mid, long ts, long seq, string? id, string? ct, bool redelivered)
    {
        JsonMember.Write(writer, "{\"type\":\"msg\",\"from\":"u8, from);
        JsonMember.Write(writer, ",\"to\":"u8, to);
        JsonMember.WriteJson(writer, ",\"body\":"u8, body);
        WriteRest(writer, mid, ts, ",\"seq\":"u8, seq, id, ct, redelivered);
    }

    /// <summary>A message of this client is stored.</summary>
    public static void WriteAck(IBufferWriter<byte> writer, ReadOnlySpan<char> id, ReadOnlySpan<char> mid, long seq, long ts, bool dup) =>
        WriteAck(writer, id, mid, ",\"seq\":"u8, seq, ts, dup);

    /// <summary>What became of messages of this client.</summary>
    /// <param name="writer">Where to append it.</param>
    /// <param name="members">Ready-made: <c>"mid":["a"],"peer":"bob","state":"delivered","ts":1</c>.</param>
    /// <param name="seq">Its place in the client's inbox; 0 where it has none.</param>
    /// <param name="id">Its own id, for the next hello.</param>
    public static void WriteReceipt(IBufferWriter<byte> writer, ReadOnlySpan<byte> members, long seq, ReadOnlySpan<char> id)
    {
        JsonMember.WriteJson(writer, "{\"type\":\"receipt\","u8, members);
        JsonMember.WriteIfAny(writer, ",\"seq\":"u8, seq);
        JsonMember.Write(writer, ",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>A command of this client, or the message that it was, has failed.</summary>
    public static void WriteError(IBufferWriter<byte> writer, ErrorCode code, ReadOnlySpan<char> reason, string? id, int? retryMs, string? limit = null)
    {
        writer.Write("{\"type\":\"error\""u8);
        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        JsonMember.Write(writer, ",\"code\":"u8, code.WireText());
        JsonMember.Write(writer, ",\"reason\":"u8, reason);
        JsonMember.Write(writer, ",\"temporary\":"u8, code.IsTemporary());
        if (retryMs is { } milliseconds)
        {
            JsonMember.Write(writer, ",\"retryMs\":"u8, milliseconds);
        }

        JsonMember.WriteIfAny(writer, ",\"limit\":"u8, limit);
        writer.Write("}"u8);
    }

    /// <summary>The way of a message of this client, or a part of it.</summary>
    public static void WriteTrace(IBufferWriter<byte> writer, ReadOnlySpan<char> mid, IReadOnlyList<TraceHop> hops)
    {
        JsonMember.Write(writer, "{\"type\":\"trace\",\"mid\":"u8, mid);
        writer.Write(",\"hops\":["u8);
        for (var index = 0; index < hops.Count; index++)
        {
            JsonMember.Write(writer, index == 0 ? "{\"at\":"u8 : ",{\"at\":"u8, hops[index].At);
            JsonMember.Write(writer, ",\"node\":"u8, hops[index].Node);
            JsonMember.Write(writer, ",\"step\":"u8, hops[index].Step);
            JsonMember.Write(writer, ",\"us\":"u8, hops[index].Us);
            writer.Write("}"u8);
        }

        writer.Write("]}"u8);
    }

    /// <param name="place">The name of the number that is its place, ready to copy.</param>
    private static void WriteAck(IBufferWriter<byte> writer, ReadOnlySpan<char> id, ReadOnlySpan<char> mid, ReadOnlySpan<byte> place, long number, long ts, bool dup)
    {
        JsonMember.Write(writer, "{\"type\":\"ack\",\"id\":"u8, id);
        JsonMember.Write(writer, ",\"mid\":"u8, mid);
        JsonMember.WriteIfAny(writer, place, number);
        JsonMember.Write(writer, ",\"ts\":"u8, ts);
        writer.Write(dup ? ",\"state\":\"stored\",\"dup\":true}"u8 : ",\"state\":\"stored\"}"u8);
    }

    /// <summary>What messages, edits and deletions end with.</summary>
    private static void WriteRest(
        IBufferWriter<byte> writer, ReadOnlySpan<char> mid, long ts, ReadOnlySpan<byte> place, long number, string? id, string? ct, bool redelivered)
    {
        JsonMember.Write(writer, ",\"mid\":"u8, mid);
        JsonMember.Write(writer, ",\"ts\":"u8, ts);
        JsonMember.WriteIfAny(writer, place, number);
        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        JsonMember.WriteIfAny(writer, ",\"ct\":"u8, ct);
        writer.Write(redelivered ? ",\"redelivered\":true}"u8 : "}"u8);
    }
}

/// <summary>One step of a message's way.</summary>
/// <param name="At">When, by the clock of the node: milliseconds since 1970 UTC.</param>
/// <param name="Node">Which node.</param>
/// <param name="Step"><c>received</c>, <c>stored</c>, <c>published</c>, <c>arrived</c>, <c>written</c> or <c>acknowledged</c>.</param>
/// <param name="Us">Microseconds since the step before it on the same node.</param>
public readonly record struct TraceHop(long At, string Node, string Step, long Us);
