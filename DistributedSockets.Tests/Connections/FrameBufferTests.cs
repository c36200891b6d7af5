// Frames put together to be written at once: heads that fit the length, control frames between, memory given back.
using System.Buffers;
using System.Buffers.Binary;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.Tests.Connections;

public sealed class FrameBufferTests
{
    private readonly FrameBuffer _buffer = new();

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65_535, 4)]
    [InlineData(65_536, 10)]
    public void Text_frame_has_a_head_that_fits_its_length(int length, int headSize)
    {
        var payload = Payload(length);
        Write(payload);

        Assert.Equal(headSize + length, _buffer.Written.Length);
        Assert.Equal([Word(Opcode.Text, payload)], Frames());
    }

    [Fact]
    public void Frames_of_all_lengths_follow_each_other_with_control_frames_between()
    {
        List<string> expected = [];
        foreach (var length in new[] { 65_536, 0, 126, 1, 65_535, 125, 70_000 })
        {
            Write(Payload(length));
            _buffer.Add(Opcode.Ping, []);
            _buffer.Add(Opcode.Pong, Payload(125));
            expected.AddRange([Word(Opcode.Text, Payload(length)), Word(Opcode.Ping, []), Word(Opcode.Pong, Payload(125))]);
        }

        _buffer.Add(Opcode.Close, [3, 232]);
        Assert.Equal([.. expected, Word(Opcode.Close, [3, 232])], Frames());
    }

    [Theory]
    [InlineData(100, 25)]
    [InlineData(100, 26)]
    [InlineData(65_000, 535)]
    [InlineData(65_000, 536)]
    public void Pushes_joined_in_one_frame_are_its_payload(int first, int second)
    {
        _buffer.Open();
        _buffer.Write(Payload(first));
        Assert.Equal(first, _buffer.OpenLength);
        _buffer.Write(Payload(second));
        Assert.Equal(first + second, _buffer.OpenLength);
        Assert.True(_buffer.IsOpen);
        _buffer.Seal();

        Assert.False(_buffer.IsOpen);
        Assert.Equal([Word(Opcode.Text, [.. Payload(first), .. Payload(second)])], Frames());
    }

    /// <summary>The room that the longer head needs may be exactly what the memory has not.</summary>
    [Fact]
    public void Head_grows_where_the_memory_ends()
    {
        for (var length = 131_060; length <= 131_070; length++)
        {
            Write(Payload(length));
            Assert.Equal([Word(Opcode.Text, Payload(length))], Frames());
            _buffer.Clear();
        }
    }

    /// <summary>On one thread: to its next tenant the pool gives what this thread has returned last.</summary>
    [Fact]
    public void Memory_is_given_back_when_it_is_cleared_and_when_it_has_grown()
    {
        const int Size = 3 * 1024 * 1024;
        var array = ArrayPool<byte>.Shared.Rent(Size);
        ArrayPool<byte>.Shared.Return(array);

        Write(Payload(Size));
        Assert.NotSame(array, ArrayPool<byte>.Shared.Rent(Size));
        _buffer.Clear();
        Assert.True(_buffer.IsEmpty);
        Assert.False(_buffer.IsOpen);
        Assert.True(_buffer.Written.IsEmpty);
        Assert.Same(array, ArrayPool<byte>.Shared.Rent(Size));

        Write(Payload(1));
        Assert.Equal([Word(Opcode.Text, Payload(1))], Frames());
    }

    private static byte[] Payload(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        return payload;
    }

    private static string Word(Opcode opcode, ReadOnlySpan<byte> payload) => $"{opcode} {Convert.ToHexString(payload)}";

    private void Write(byte[] payload)
    {
        _buffer.Open();
        _buffer.Write(payload);
        _buffer.Seal();
    }

    /// <summary>What a client reads; every frame is final and unmasked.</summary>
    private List<string> Frames()
    {
        List<string> frames = [];
        for (var rest = _buffer.Written.Span; !rest.IsEmpty;)
        {
            Assert.Equal(0x80, rest[0] & 0xF0);
            Assert.Equal(0, rest[1] & 0x80);
            var (size, length) = rest[1] switch
            {
                126 => (4, BinaryPrimitives.ReadUInt16BigEndian(rest[2..])),
                127 => (10, (int)BinaryPrimitives.ReadInt64BigEndian(rest[2..])),
                var small => (2, small),
            };
            frames.Add(Word((Opcode)(rest[0] & 0x0F), rest.Slice(size, length)));
            rest = rest[(size + length)..];
        }

        return frames;
    }
}
