// What a node sends a ds.v1 client about the connection itself, and what passes by without being kept.
using System.Buffers;

namespace DistributedSockets.Protocol;

public static partial class PushFrame
{
    /// <summary>The answer to a hello.</summary>
    public static void WriteWelcome(IBufferWriter<byte> writer, WelcomeFrame frame)
    {
        JsonMember.Write(writer, "{\"type\":\"welcome\",\"user\":"u8, frame.User);
        JsonMember.Write(writer, ",\"device\":"u8, frame.Device);
        JsonMember.Write(writer, ",\"session\":"u8, frame.Session);
        JsonMember.Write(writer, ",\"resume\":"u8, frame.Resume);
        JsonMember.Write(writer, ",\"node\":"u8, frame.Node);
        JsonMember.Write(writer, ",\"epoch\":"u8, frame.Epoch);
        JsonMember.Write(writer, ",\"seq\":"u8, frame.Seq);
        JsonMember.Write(writer, ",\"resumed\":"u8, frame.Resumed);
        JsonMember.WriteIfAny(writer, ",\"reason\":"u8, frame.Reason);
        if (frame.Gap is { } gap)
        {
            JsonMember.Write(writer, ",\"gap\":{\"from\":"u8, gap.From);
            JsonMember.Write(writer, ",\"to\":"u8, gap.To);
            writer.Write("}"u8);
        }

        JsonMember.Write(writer, ",\"rooms\":"u8, frame.Rooms);
        JsonMember.WriteIfAny(writer, ",\"expires\":"u8, frame.Expires ?? 0);
        JsonMember.Write(writer, ",\"pingMs\":"u8, frame.PingMs);
        JsonMember.Write(writer, ",\"limits\":{\"frameBytes\":"u8, frame.FrameBytes);
        JsonMember.Write(writer, ",\"sendPerSecond\":"u8, frame.SendPerSecond);
        writer.Write("}}"u8);
    }

    /// <summary>A new token of this client counts from here on.</summary>
    public static void WriteAuth(IBufferWriter<byte> writer, ReadOnlySpan<char> user, long expires, string? id)
    {
        JsonMember.Write(writer, "{\"type\":\"auth\",\"user\":"u8, user);
        JsonMember.Write(writer, ",\"expires\":"u8, expires);
        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>The node is going: connect elsewhere within the time.</summary>
    public static void WriteDrain(IBufferWriter<byte> writer, long afterMs, string? url)
    {
        JsonMember.Write(writer, "{\"type\":\"drain\",\"afterMs\":"u8, afterMs);
        JsonMember.WriteIfAny(writer, ",\"url\":"u8, url);
        writer.Write("}"u8);
    }

    /// <summary>The answer to a ping, with the JSON value that it brought, if any.</summary>
    public static void WritePong(IBufferWriter<byte> writer, ReadOnlySpan<byte> t)
    {
        writer.Write("{\"type\":\"pong\""u8);
        if (!t.IsEmpty)
        {
            JsonMember.WriteJson(writer, ",\"t\":"u8, t);
        }

        writer.Write("}"u8);
    }

    /// <summary>Somebody has begun or ended to write to this client.</summary>
    public static void WriteTyping(IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> to, bool on)
    {
        JsonMember.Write(writer, "{\"type\":\"typing\",\"from\":"u8, from);
        JsonMember.Write(writer, ",\"to\":"u8, to);
        JsonMember.Write(writer, ",\"on\":"u8, on);
        writer.Write("}"u8);
    }
}

/// <summary>What a client learns in answer to its hello.</summary>
/// <param name="User">Who it is.</param>
/// <param name="Device">Which device of theirs; made up by the node where the hello named none.</param>
/// <param name="Session">The id of this connection.</param>
/// <param name="Resume">The token for the next hello.</param>
/// <param name="Node">The node that it is connected to.</param>
/// <param name="Epoch">What the seqs of the inbox belong to.</param>
/// <param name="Seq">Where the inbox ends now.</param>
/// <param name="Resumed">Whether this goes on where the connection before it ended.</param>
/// <param name="Reason">Why it does not: <c>new</c>, <c>expired</c>, <c>epoch</c> or <c>trimmed</c>.</param>
/// <param name="Gap">The first and the last seq of what the device will not get.</param>
/// <param name="PingMs">How often the node pings.</param>
/// <param name="FrameBytes">The longest frame that the node takes.</param>
/// <param name="SendPerSecond">Messages a second that the node takes; 0 where there is no limit.</param>
public sealed record WelcomeFrame(
    string User, string Device, string Session, string Resume, string Node, string Epoch, long Seq, bool Resumed, string? Reason, (long From, long To)? Gap, long PingMs, int FrameBytes, int SendPerSecond)
{
    /// <summary>When the token ends, in ms since 1970; null where there is none.</summary>
    public long? Expires { get; init; }

    /// <summary>How many <c>joined</c> follow, before any message.</summary>
    public int Rooms { get; init; }
}
