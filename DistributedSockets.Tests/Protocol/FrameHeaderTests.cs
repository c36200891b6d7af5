// The head of a WebSocket frame: every length, cut anywhere, every rule of its bits, and the mask.
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Protocol;

public sealed class FrameHeaderTests
{
    [Theory]
    [InlineData(0, 6)]
    [InlineData(1, 6)]
    [InlineData(125, 6)]
    [InlineData(126, 8)]
    [InlineData(127, 8)]
    [InlineData(65_535, 8)]
    [InlineData(65_536, 14)]
    [InlineData(long.MaxValue, 14)]
    public void Head_is_read_when_its_last_byte_is_there_and_not_before(long length, int size)
    {
        var bytes = ClientFrame.Head(Opcode.Binary, length, isFinal: false);
        Assert.Equal(size, bytes.Length);
        for (var there = 0; there < size; there++)
        {
            Assert.False(FrameHeader.TryRead(bytes.AsSpan(0, there), out _, out var early));
            Assert.Null(early);
        }

        Assert.True(FrameHeader.TryRead([.. bytes, 1, 2, 3], out var header, out var problem));
        Assert.Null(problem);
        Assert.Equal(new FrameHeader(Opcode.Binary, IsFinal: false, BitConverter.ToUInt32(ClientFrame.Mask), size, length), header);
    }

    [Theory]
    [InlineData(Opcode.Continuation, false)]
    [InlineData(Opcode.Text, false)]
    [InlineData(Opcode.Binary, false)]
    [InlineData(Opcode.Close, true)]
    [InlineData(Opcode.Ping, true)]
    [InlineData(Opcode.Pong, true)]
    public void Opcode_is_read_and_known_as_control_or_not(Opcode opcode, bool isControl)
    {
        Assert.True(FrameHeader.TryRead(ClientFrame.Head(opcode, 125), out var header, out _));
        Assert.Equal((opcode, true, isControl), (header.Opcode, header.IsFinal, header.IsControl));
    }

    /// <summary>RFC 6455 asks it of who sends; who receives need not be strict.</summary>
    [Fact]
    public void Length_in_more_bytes_than_it_needs_is_taken()
    {
        Assert.True(FrameHeader.TryRead([0x81, 0x80 | 126, 0, 5, .. ClientFrame.Mask], out var two, out _));
        Assert.True(FrameHeader.TryRead([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 5, .. ClientFrame.Mask], out var eight, out _));
        Assert.Equal((5, 5), (two.Length, eight.Length));
    }

    public static TheoryData<string, byte, byte> Wrong { get; } = Wrongs();

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_a_client_must_not_do_is_told_from_the_first_two_bytes(string rule, byte first, byte second)
    {
        Assert.False(FrameHeader.TryRead([first, second], out _, out var problem));
        Assert.Contains(rule, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Length_with_its_highest_bit_set_is_wrong()
    {
        Assert.False(FrameHeader.TryRead([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, .. ClientFrame.Mask], out _, out var problem));
        Assert.Contains("highest bit", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, new byte[] { 0x81, 0 })]
    [InlineData(1, new byte[] { 0x81, 1 })]
    [InlineData(125, new byte[] { 0x81, 125 })]
    [InlineData(126, new byte[] { 0x81, 126, 0, 126 })]
    [InlineData(65_535, new byte[] { 0x81, 126, 0xFF, 0xFF })]
    [InlineData(65_536, new byte[] { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    [InlineData(int.MaxValue, new byte[] { 0x81, 127, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF })]
    public void Node_writes_a_head_of_the_fewest_bytes(int length, byte[] expected)
    {
        var bytes = new byte[FrameHeader.SentSize(length)];
        FrameHeader.Write(bytes, Opcode.Text, length);
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void Mask_comes_off_as_byte_by_byte_whatever_the_length_and_wherever_it_begins()
    {
        var random = new Random(1);
        for (var length = 0; length <= 70; length++)
        {
            for (var start = 0; start < 4; start++)
            {
                var mask = new byte[4];
                var bytes = new byte[start + length + 1];
                random.NextBytes(mask);
                random.NextBytes(bytes);
                var expected = bytes.Select((value, index) => index < start || index == start + length ? value : (byte)(value ^ mask[(index - start) % 4])).ToArray();

                FrameHeader.Unmask(bytes.AsSpan(start, length), BitConverter.ToUInt32(mask));
                Assert.Equal(expected, bytes);
            }
        }
    }

    [Fact]
    public void Mask_of_the_standards_example_comes_off()
    {
        byte[] payload = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        FrameHeader.Unmask(payload, BitConverter.ToUInt32(ClientFrame.Mask));
        Assert.Equal("Hello"u8, payload);
    }

    private static TheoryData<string, byte, byte> Wrongs()
    {
        var wrong = new TheoryData<string, byte, byte>
        {
            { "must be masked", 0x81, 5 },
            { "must be masked", 0x89, 0 },
        };
        foreach (var bit in new byte[] { 0x10, 0x20, 0x40 })
        {
            wrong.Add("reserved bits", (byte)(0x81 | bit), 0x85);
            wrong.Add("reserved bits", (byte)(0x00 | bit), 0x80);
            wrong.Add("reserved bits", (byte)(0x88 | bit), 0x80);
        }

        foreach (var opcode in new byte[] { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 })
        {
            wrong.Add("opcode is reserved", (byte)(0x80 | opcode), 0x80);
            wrong.Add("opcode is reserved", opcode, 0x80);
        }

        foreach (var control in new[] { Opcode.Close, Opcode.Ping, Opcode.Pong })
        {
            wrong.Add("must not be fragmented", (byte)control, 0x80);
            wrong.Add("at most 125", (byte)(0x80 | (byte)control), 0x80 | 126);
            wrong.Add("at most 125", (byte)(0x80 | (byte)control), 0x80 | 127);
        }

        return wrong;
    }
}
