// The head of one WebSocket frame (RFC 6455, section 5.2): bytes to fields and back, and the mask.
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DistributedSockets.Protocol;

/// <summary>What a WebSocket frame is, by its number on the wire.</summary>
public enum Opcode : byte
{
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

/// <summary>The head of a frame that a client has sent. No extension is ever negotiated, so the reserved bits are always clear.</summary>
/// <param name="IsFinal">Whether the message ends with this frame.</param>
/// <param name="Mask">As it lies in memory: the first byte masks the first byte of the payload.</param>
/// <param name="Size">Bytes that the head itself takes.</param>
/// <param name="Length">Bytes of the payload behind it.</param>
public readonly record struct FrameHeader(Opcode Opcode, bool IsFinal, uint Mask, int Size, long Length)
{
    /// <summary>The longest head of a client's frame.</summary>
    public const int MaxSize = 14;

    /// <summary>The longest head of a node's frame: it has no mask.</summary>
    public const int MaxSentSize = 10;

    /// <summary>Bytes that a control frame may carry.</summary>
    public const int MaxControlLength = 125;

    private const int TwoByteLength = 126;
    private const int EightByteLength = 127;

    /// <summary>Close, ping or pong: may stand between the frames of a message.</summary>
    public bool IsControl => (byte)Opcode >= 0x8;

    /// <summary>Reads the head of a client's frame. False: more bytes are needed, or <paramref name="problem"/> says what the client has done wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header, out string? problem)
    {
        header = default;
        problem = null;
        if (bytes.Length < 2)
        {
            return false;
        }

        var opcode = (Opcode)(bytes[0] & 0x0F);
        var isFinal = (bytes[0] & 0x80) != 0;
        var shortLength = bytes[1] & 0x7F;
        problem = (bytes[0] & 0x70) != 0 ? "reserved bits are set and no extension was negotiated"
            : !Enum.IsDefined(opcode) ? "the opcode is reserved"
            : (bytes[1] & 0x80) == 0 ? "a client's frames must be masked"
            : opcode >= Opcode.Close && !isFinal ? "a control frame must not be fragmented"
            : opcode >= Opcode.Close && shortLength > MaxControlLength ? "a control frame carries at most 125 bytes"
            : null;
        if (problem is not null)
        {
            return false;
        }

        var lengthBytes = shortLength switch { EightByteLength => 8, TwoByteLength => 2, _ => 0 };
        var size = 2 + lengthBytes + 4;
        if (bytes.Length < size)
        {
            return false;
        }

        var length = lengthBytes switch
        {
            8 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            _ => shortLength,
        };
        if (length < 0)
        {
            problem = "the length's highest bit is set";
            return false;
        }

        header = new FrameHeader(opcode, isFinal, MemoryMarshal.Read<uint>(bytes[(2 + lengthBytes)..]), size, length);
        return true;
    }

    /// <summary>Bytes that the head of a node's frame takes.</summary>
    public static int SentSize(int length) => length < TwoByteLength ? 2 : length <= ushort.MaxValue ? 4 : MaxSentSize;

    /// <summary>Writes the head of a node's frame, a whole message or a control frame; <paramref name="bytes"/> has exactly its size.</summary>
    public static void Write(Span<byte> bytes, Opcode opcode, int length)
    {
        bytes[0] = (byte)(0x80 | (byte)opcode);
        switch (bytes.Length)
        {
            case 2:
                bytes[1] = (byte)length;
                break;
            case 4:
                bytes[1] = TwoByteLength;
                BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)length);
                break;
            default:
                bytes[1] = EightByteLength;
                BinaryPrimitives.WriteInt64BigEndian(bytes[2..], length);
                break;
        }
    }

    /// <summary>Reads the head of a node's frame back. False: more bytes are needed.</summary>
    /// <param name="size">Bytes that the head takes.</param>
    public static bool TryReadSent(ReadOnlySpan<byte> bytes, out Opcode opcode, out int length, out int size)
    {
        (opcode, length, size) = (default, 0, 2);
        if (bytes.Length < size)
        {
            return false;
        }

        opcode = (Opcode)(bytes[0] & 0x0F);
        size = bytes[1] switch { EightByteLength => MaxSentSize, TwoByteLength => 4, _ => 2 };
        if (bytes.Length < size)
        {
            return false;
        }

        length = size switch
        {
            MaxSentSize => (int)BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            4 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            _ => bytes[1],
        };
        return true;
    }

    /// <summary>Removes the mask from a payload, or puts it on, in place.</summary>
    public static void Unmask(Span<byte> payload, uint mask)
    {
        if (mask == 0)
        {
            return;
        }

        var index = 0;
        if (Vector.IsHardwareAccelerated && payload.Length >= Vector<byte>.Count)
        {
            var pattern = Vector.AsVectorByte(new Vector<uint>(mask));
            for (; index <= payload.Length - Vector<byte>.Count; index += Vector<byte>.Count)
            {
                var part = payload[index..];
                (new Vector<byte>(part) ^ pattern).CopyTo(part);
            }
        }

        for (; index <= payload.Length - sizeof(uint); index += sizeof(uint))
        {
            var part = payload[index..];
            MemoryMarshal.Write(part, MemoryMarshal.Read<uint>(part) ^ mask);
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(bytes, mask);
        for (var offset = 0; index < payload.Length; index++, offset++)
        {
            payload[index] ^= bytes[offset];
        }
    }
}
