// The bytes of a client's frames, put together without the product's help, so that wrong ones can be made too.
using System.Buffers.Binary;
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Support;

/// <summary>The bytes of a client's frames.</summary>
internal static class ClientFrame
{
    /// <summary>The mask of the examples in RFC 6455.</summary>
    public static readonly byte[] Mask = [0x37, 0xfa, 0x21, 0x3d];

    public static byte[] Text(string text, bool isFinal = true) => Of(Opcode.Text, Encoding.UTF8.GetBytes(text), isFinal);

    public static byte[] Rest(string text, bool isFinal = true) => Of(Opcode.Continuation, Encoding.UTF8.GetBytes(text), isFinal);

    public static byte[] Close(int code, string reason = "") => Of(Opcode.Close, ClosePayload(code, Encoding.UTF8.GetBytes(reason)));

    public static byte[] ClosePayload(int code, byte[] reason) => [(byte)(code >> 8), (byte)code, .. reason];

    public static byte[] Of(Opcode opcode, byte[] payload, bool isFinal = true, byte[]? mask = null)
    {
        var frame = Head(opcode, payload.Length, isFinal, mask);
        var start = frame.Length;
        return [.. frame, .. payload.Select((value, index) => (byte)(value ^ frame[start - 4 + (index % 4)]))];
    }

    /// <summary>A head whose payload may never come.</summary>
    public static byte[] Head(Opcode opcode, long length, bool isFinal = true, byte[]? mask = null)
    {
        var first = (byte)((isFinal ? 0x80 : 0) | (byte)opcode);
        var extended = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(extended, length);
        byte[] sized = length switch
        {
            < 126 => [first, (byte)(0x80 | length)],
            <= 65_535 => [first, 0x80 | 126, .. extended[6..]],
            _ => [first, 0x80 | 127, .. extended],
        };
        return [.. sized, .. mask ?? Mask];
    }

    /// <summary>The same frame with other bits in its first byte.</summary>
    public static byte[] With(byte bits, byte[] frame) => [(byte)(frame[0] | bits), .. frame[1..]];

    public static byte[] Unmasked(string text) => [0x81, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];
}
