// The mark at the head of each body: who sent it, and which of theirs it is.
using System.Buffers.Binary;

namespace DistributedSockets.Benchmarks.Load;

/// <summary><c>@@</c>, eight letters for the sender's number and eight for the message's: letters, so that no encoder changes them.</summary>
internal readonly record struct Mark(uint Sender, uint Sequence)
{
    public const int Length = 18;
    public const int SequenceOffset = 10;

    private const ulong LetterA = 0x4141414141414141;

    public static ReadOnlySpan<byte> Head => "@@"u8;

    public void Write(Span<byte> destination)
    {
        Head.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[2..], Letters(Sender));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[SequenceOffset..], Letters(Sequence));
    }

    public static Mark Read(ReadOnlySpan<byte> bytes) => new(
        Number(BinaryPrimitives.ReadUInt64LittleEndian(bytes[2..])),
        Number(BinaryPrimitives.ReadUInt64LittleEndian(bytes[SequenceOffset..])));

    /// <summary>A letter from A to P for each four bits.</summary>
    public static ulong Letters(uint number)
    {
        ulong spread = number;
        spread = (spread | (spread << 16)) & 0x0000FFFF0000FFFF;
        spread = (spread | (spread << 8)) & 0x00FF00FF00FF00FF;
        spread = (spread | (spread << 4)) & 0x0F0F0F0F0F0F0F0F;
        return spread + LetterA;
    }

    public static uint Number(ulong letters)
    {
        var spread = letters - LetterA;
        spread = (spread | (spread >> 4)) & 0x00FF00FF00FF00FF;
        spread = (spread | (spread >> 8)) & 0x0000FFFF0000FFFF;
        return (uint)(spread | (spread >> 16));
    }
}
