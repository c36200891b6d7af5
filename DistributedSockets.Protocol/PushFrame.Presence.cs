// What a node sends a ds.v1 client about the presence of users, and of the members of rooms.
using System.Buffers;

namespace DistributedSockets.Protocol;

public static partial class PushFrame
{
    /// <summary>What others see of a user. A <paramref name="since"/> of 0 is none: they never were online.</summary>
    /// <param name="writer">Where to append it.</param>
    /// <param name="user">Who.</param>
    /// <param name="online">Whether they are online.</param>
    /// <param name="since">Since when they are, or when they last were.</param>
    /// <param name="status">A JSON value of theirs; empty for none.</param>
    /// <param name="v">The version.</param>
    /// <param name="devices">Their devices, for the user only.</param>
    /// <param name="id">Of the command that this answers.</param>
    public static void WritePresence(
        IBufferWriter<byte> writer, ReadOnlySpan<char> user, bool online, long since, ReadOnlySpan<byte> status, long v, IReadOnlyList<PresenceDevice>? devices, string? id)
    {
        JsonMember.Write(writer, "{\"type\":\"presence\",\"user\":"u8, user);
        JsonMember.Write(writer, ",\"online\":"u8, online);
        JsonMember.WriteIfAny(writer, ",\"since\":"u8, since);
        if (!status.IsEmpty)
        {
            JsonMember.WriteJson(writer, ",\"status\":"u8, status);
        }

        JsonMember.Write(writer, ",\"v\":"u8, v);
        if (devices is not null)
        {
            WriteDevices(writer, devices);
        }

        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>The answer to the end of a subscription.</summary>
    public static void WritePresenceEnded(IBufferWriter<byte> writer, ReadOnlySpan<char> id)
    {
        JsonMember.Write(writer, "{\"type\":\"presence\",\"op\":\"unsub\",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>The members of a room who are online: the answer to who asks.</summary>
    /// <param name="writer">Where to append it.</param>
    /// <param name="room">Which room.</param>
    /// <param name="members">Those of them that this answer has room for.</param>
    /// <param name="count">How many members there are, online or not.</param>
    /// <param name="more">Whether another answer follows, with more of them.</param>
    /// <param name="id">Of the command that this answers.</param>
    public static void WriteRoomPresence(
        IBufferWriter<byte> writer, ReadOnlySpan<char> room, IReadOnlyList<PresentMember> members, long count, bool more, string? id)
    {
        JsonMember.Write(writer, "{\"type\":\"presence\",\"room\":"u8, room);
        WritePresent(writer, ",\"members\":["u8, members);
        JsonMember.Write(writer, ",\"count\":"u8, count);
        if (more)
        {
            JsonMember.Write(writer, ",\"more\":"u8, true);
        }

        JsonMember.WriteIfAny(writer, ",\"id\":"u8, id);
        writer.Write("}"u8);
    }

    /// <summary>What has become of the members of a room since what was told before.</summary>
    public static void WriteRoomPresenceChange(
        IBufferWriter<byte> writer, ReadOnlySpan<char> room, IReadOnlyList<PresentMember> joined, IReadOnlyList<string> left, long count)
    {
        JsonMember.Write(writer, "{\"type\":\"presence\",\"room\":"u8, room);
        WritePresent(writer, ",\"joined\":["u8, joined);
        WriteNames(writer, ",\"left\":["u8, left);
        JsonMember.Write(writer, ",\"count\":"u8, count);
        writer.Write("}"u8);
    }

    /// <summary>A room is not watched any more, though nobody has asked for that.</summary>
    public static void WriteRoomPresenceEnded(IBufferWriter<byte> writer, ReadOnlySpan<char> room)
    {
        JsonMember.Write(writer, "{\"type\":\"presence\",\"op\":\"unsub\",\"room\":"u8, room);
        writer.Write("}"u8);
    }

    private static void WritePresent(IBufferWriter<byte> writer, ReadOnlySpan<byte> opening, IReadOnlyList<PresentMember> members)
    {
        writer.Write(opening);
        for (var index = 0; index < members.Count; index++)
        {
            JsonMember.Write(writer, index == 0 ? "{\"user\":"u8 : ",{\"user\":"u8, members[index].User);
            JsonMember.Write(writer, ",\"since\":"u8, members[index].Since);
            if (!members[index].Status.IsEmpty)
            {
                JsonMember.WriteJson(writer, ",\"status\":"u8, members[index].Status.Span);
            }

            writer.Write("}"u8);
        }

        writer.Write("]"u8);
    }

    private static void WriteDevices(IBufferWriter<byte> writer, IReadOnlyList<PresenceDevice> devices)
    {
        writer.Write(",\"devices\":["u8);
        for (var index = 0; index < devices.Count; index++)
        {
            writer.Write(index == 0 ? "{"u8 : ",{"u8);
            if (devices[index].Device is { } device)
            {
                JsonMember.Write(writer, "\"device\":"u8, device);
            }
            else
            {
                writer.Write("\"plain\":true"u8);
            }

            JsonMember.Write(writer, ",\"online\":"u8, devices[index].Online);
            JsonMember.Write(writer, ",\"since\":"u8, devices[index].Since);
            writer.Write("}"u8);
        }

        writer.Write("]"u8);
    }
}

/// <summary>A member of a room who is online.</summary>
/// <param name="User">Who.</param>
/// <param name="Since">Since when they are.</param>
/// <param name="Status">A JSON value of theirs; empty for none.</param>
public readonly record struct PresentMember(string User, long Since, ReadOnlyMemory<byte> Status);

/// <summary>A device of the user themselves.</summary>
/// <param name="Device">Its name; null for a plain connection, which has none.</param>
/// <param name="Online">Whether it is connected.</param>
/// <param name="Since">Since when it is, or when it last was.</param>
public readonly record struct PresenceDevice(string? Device, bool Online, long Since);
