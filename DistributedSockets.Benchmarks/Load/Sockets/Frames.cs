// WebSocket frames as a client sends and reads them: as little of RFC 6455 as a well-behaved server needs.
using System.Buffers.Binary;
using System.Text;

namespace DistributedSockets.Benchmarks.Load.Sockets;

internal static class Frames
{
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Close = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;
    public const byte Final = 0x80;

    /// <summary>Any key but zero: a server must have its work with it.</summary>
    public static ReadOnlySpan<byte> Key => [0x5A, 0x17, 0xC3, 0x2E];

    public static byte[] Masked(string text) => Masked(Text, Encoding.UTF8.GetBytes(text));

    public static byte[] Masked(byte opcode, ReadOnlySpan<byte> payload)
    {
        var head = HeadLength(payload.Length);
        var frame = new byte[head + payload.Length];
        frame[0] = (byte)(Final | opcode);
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }

        Key.CopyTo(frame.AsSpan(head - 4));
        for (var i = 0; i < payload.Length; i++)
        {
            frame[head + i] = (byte)(payload[i] ^ Key[i & 3]);
        }

        return frame;
    }

    public static int HeadLength(int payloadLength) => payloadLength < 126 ? 6 : 8;

    /// <summary>The first frame in the bytes; false while it is not whole.</summary>
    /// <param name="first">Its first byte: whether it ends its message, and its opcode.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out byte first, out ReadOnlySpan<byte> payload, out int length)
    {
        first = 0;
        payload = default;
        length = 0;
        if (bytes.Length < 2)
        {
            return false;
        }

        var head = 2;
        long size = bytes[1];
        if (size == 126)
        {
            head = 4;
            size = bytes.Length < head ? long.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        }
        else if (size == 127)
        {
            head = 10;
            size = bytes.Length < head ? long.MaxValue : BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);
        }
        else if (size > 127)
        {
            throw new LoadException("The server sent a masked frame.");
        }

        if (bytes.Length - head < size)
        {
            return false;
        }

        first = bytes[0];
        payload = bytes.Slice(head, (int)size);
        length = head + (int)size;
        return true;
    }
}
