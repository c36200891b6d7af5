// What a node sends a ds.v1 client about rooms.
using System.Buffers;

namespace DistributedSockets.Protocol;

public static partial class PushFrame
{
    /// <summary>The connection is in a room from here on.</summary>
    public static void WriteJoined(IBufferWriter<byte> writer, JoinedFrame frame)
    {
        JsonMember.Write(writer, "{\"type\":\"joined\",\"room\":"u8, frame.Room);
        JsonMember.Write(writer, ",\"rseq\":"u8, frame.Rseq);
        JsonMember.Write(writer, ",\"epoch\":"u8, frame.Epoch);
        JsonMember.Write(writer, ",\"after\":"u8, frame.After);
        JsonMember.WriteIfAny(writer, ",\"count\":"u8, frame.Count);
        JsonMember.Write(writer, ",\"read\":"u8, frame.Read);
        if (frame.Members is { } members)
        {
            WriteNames(writer, ",\"members\":["u8, members);
        }

        JsonMember.WriteIfAny(writer, ",\"reason\":"u8, frame.Reason);
        if (frame.Gap is { } gap)
        {
            JsonMember.Write(writer, ",\"gap\":{\"from\":"u8, gap.From);
            JsonMember.Write(writer, ",\"to\":"u8, gap.To);
            JsonMember.Write(writer, ",\"room\":"u8, frame.Room);
            writer.Write("}"u8);
        }

        JsonMember.WriteIfAny(writer, ",\"id\":"u8, frame.Id);
        writer.Write("}"u8);
    }

    /// <summary>The connection is not in a room any more.</summary>
    public static void WriteLeft(IBufferWriter<byte> writer, ReadOnlySpan<char> room, string? id)
    {
        JsonMember.Write(writer, "{\"type\":\"left\",\"room\":"u8, room);
        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>A page of a room's members.</summary>
    public static void WriteMembers(IBufferWriter<byte> writer, ReadOnlySpan<char> room, IReadOnlyList<string> members, long count, bool more, string? id)
    {
        JsonMember.Write(writer, "{\"type\":\"members\",\"room\":"u8, room);
        WriteNames(writer, ",\"members\":["u8, members);
        JsonMember.Write(writer, ",\"count\":"u8, count);
        JsonMember.Write(writer, ",\"more\":"u8, more);
        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>A message to a room. An <paramref name="rseq"/> of 0 is none: it is not in the log.</summary>
    public static void WriteRoomMessage(
        IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> room, ReadOnlySpan<byte> body, ReadOnlySpan<char> mid, long ts, long rseq, string? id, string? ct, bool redelivered)
    {
        JsonMember.Write(writer, "{\"type\":\"msg\",\"from\":"u8, from);
        JsonMember.Write(writer, ",\"room\":"u8, room);
        JsonMember.WriteJson(writer, ",\"body\":"u8, body);
        WriteRest(writer, mid, ts, ",\"rseq\":"u8, rseq, id, ct, redelivered);
    }

    /// <summary>A message of this client is in a room's log.</summary>
    public static void WriteRoomAck(IBufferWriter<byte> writer, ReadOnlySpan<char> id, ReadOnlySpan<char> mid, long rseq, long ts, bool dup) =>
        WriteAck(writer, id, mid, ",\"rseq\":"u8, rseq, ts, dup);

    /// <summary>Somebody has begun or ended to write to a room.</summary>
    public static void WriteRoomTyping(IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> room, bool on)
    {
        JsonMember.Write(writer, "{\"type\":\"typing\",\"from\":"u8, from);
        JsonMember.Write(writer, ",\"room\":"u8, room);
        JsonMember.Write(writer, ",\"on\":"u8, on);
        writer.Write("}"u8);
    }

    /// <summary>Another device of this user has read so far.</summary>
    public static void WriteRoomRead(IBufferWriter<byte> writer, ReadOnlySpan<char> room, long upto)
    {
        JsonMember.Write(writer, "{\"type\":\"read\",\"room\":"u8, room);
        JsonMember.Write(writer, ",\"upto\":"u8, upto);
        writer.Write("}"u8);
    }

    private static void WriteNames(IBufferWriter<byte> writer, ReadOnlySpan<byte> opening, IReadOnlyList<string> names)
    {
        var before = opening;
        foreach (var name in names)
        {
            JsonMember.Write(writer, before, name);
            before = ","u8;
        }

        writer.Write(names.Count == 0 ? opening : default);
        writer.Write("]"u8);
    }
}

/// <summary>How a connection begins in a room.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Rseq">Where its log ends now.</param>
/// <param name="Epoch">What its rseqs belong to.</param>
/// <param name="After">The stored messages behind this place follow.</param>
/// <param name="Count">How many members the room has; 0 for everyone's, where nobody counts.</param>
/// <param name="Read">The user's read mark.</param>
/// <param name="Reason">Why it does not go on where it was: <c>epoch</c> or <c>trimmed</c>; null when it does.</param>
/// <param name="Gap">The first and the last rseq of what the device will not get.</param>
/// <param name="Id">The id of the join that this answers.</param>
public sealed record JoinedFrame(string Room, long Rseq, string Epoch, long After, long Count, long Read, string? Reason, (long From, long To)? Gap, string? Id)
{
    /// <summary>The members, where there are few; null where they are to be asked for.</summary>
    public IReadOnlyList<string>? Members { get; init; }
}
