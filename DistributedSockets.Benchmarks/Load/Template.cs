// A message's frame, masked once; only the number changes from one to the next.
using System.Buffers.Binary;
using System.Text;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load;

internal sealed class Template
{
    /// <summary>Stands for the body's mark in what a dialect writes; the number alone, where a dialect needs it once more, is <see cref="Number"/>.</summary>
    public const string Body = "<body>";
    public const string Number = "<number>";

    private readonly byte[] _frame;
    private readonly List<(int Offset, ulong Mask)> _numbers = [];

    /// <param name="payload">What the dialect sends, with <see cref="Body"/> and perhaps <see cref="Number"/> in it.</param>
    /// <param name="sender">The sender's number.</param>
    public Template(string payload, uint sender, int bodyLength = 128)
    {
        var body = new byte[bodyLength];
        body.AsSpan().Fill((byte)'x');
        new Mark(sender, 0).Write(body);
        var zero = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(zero, Mark.Letters(0));

        var text = payload.Replace(Number, "#" + Encoding.ASCII.GetString(zero), StringComparison.Ordinal).Replace(Body, Encoding.ASCII.GetString(body), StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        Find(bytes, Encoding.ASCII.GetBytes("#" + Encoding.ASCII.GetString(zero)), 1);
        Find(bytes, Mark.Head, Mark.SequenceOffset);
        _frame = Frames.Masked(Frames.Text, bytes);
    }

    public int Length => _frame.Length;

    public void Write(Span<byte> destination, uint number)
    {
        _frame.CopyTo(destination);
        var letters = Mark.Letters(number);
        foreach (var (offset, mask) in _numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination[offset..], letters ^ mask);
        }
    }

    private void Find(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> head, int distance)
    {
        var at = payload.IndexOf(head);
        if (at < 0)
        {
            return;
        }

        Span<byte> mask = stackalloc byte[8];
        for (var i = 0; i < 8; i++)
        {
            mask[i] = Frames.Key[(at + distance + i) & 3];
        }

        _numbers.Add((Frames.HeadLength(payload.Length) + at + distance, BinaryPrimitives.ReadUInt64LittleEndian(mask)));
    }
}
