// Frames to messages: fragments, what may stand between them, what may not, and what is held.
using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class FrameReaderTests
{
    private static readonly byte[] Ping = ClientFrame.Of(Opcode.Ping, [1, 2]);

    [Fact]
    public async Task Whole_messages_come_in_order_with_the_control_frames_between_them()
    {
        Assert.Equal(
            ["Text hello", "Ping 0102", "Binary 000102", "Text", "Pong", "Binary", "Close 1000 bye"],
            await TrimmedAsync(
                ClientFrame.Text("hello"), Ping, ClientFrame.Of(Opcode.Binary, [0, 1, 2]), ClientFrame.Text(""), ClientFrame.Of(Opcode.Pong, []),
                ClientFrame.Of(Opcode.Binary, []), ClientFrame.Close(1000, "bye")));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "a")]
    [InlineData("a", "")]
    [InlineData("", "", "")]
    [InlineData("", "abc", "")]
    [InlineData("a", "b", "c")]
    [InlineData("abc", "", "", "def", "")]
    public async Task Fragments_are_joined_however_short(params string[] parts)
    {
        var frames = Fragments(Opcode.Text, parts);
        Assert.Equal([$"Text {string.Concat(parts)}", "Text next"], await ReadFrames.AllAsync([.. frames, ClientFrame.Text("next")]));
    }

    [Fact]
    public async Task Thousand_fragments_of_one_byte_are_one_message()
    {
        var parts = Enumerable.Repeat("x", 1000).ToArray();
        Assert.Equal([$"Text {new string('x', 1000)}"], await ReadFrames.AllAsync(Fragments(Opcode.Text, parts)));
        Assert.Equal([$"Binary {string.Concat(Enumerable.Repeat("78", 1000))}"], await ReadFrames.AllAsync(Fragments(Opcode.Binary, parts)));
    }

    [Fact]
    public async Task Control_frames_between_fragments_come_at_once_and_do_not_disturb_the_message()
    {
        Assert.Equal(
            ["Ping 0102", "Ping 0102", "Pong 09", "Text abc"],
            await ReadFrames.AllAsync(
                ClientFrame.Text("a", isFinal: false), Ping, Ping, ClientFrame.Rest("b", isFinal: false), ClientFrame.Of(Opcode.Pong, [9]), ClientFrame.Rest("c")));
    }

    [Fact]
    public async Task Goodbye_between_fragments_ends_everything()
    {
        Assert.Equal(["Close 1001"], await ReadFrames.AllAsync(ClientFrame.Text("a", isFinal: false), ClientFrame.Close(1001), ClientFrame.Rest("b"), Ping));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Continuation_of_nothing_is_a_violation(bool isFinal)
    {
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Rest("a", isFinal), ClientFrame.Text("b")));
        Assert.Equal(["Text a", "Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Text("a"), ClientFrame.Rest("b", isFinal)));
        Assert.Equal(["Text ab", "Violation 1002"], await ReadFrames.AllAsync([.. Fragments(Opcode.Text, "a", "b"), ClientFrame.Rest("c", isFinal)]));
    }

    [Theory]
    [InlineData(Opcode.Text)]
    [InlineData(Opcode.Binary)]
    public async Task New_message_inside_a_fragmented_one_is_a_violation(Opcode opcode)
    {
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Text("a", isFinal: false), ClientFrame.Of(opcode, [0x62]), ClientFrame.Rest("c")));
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Text("", isFinal: false), ClientFrame.Of(opcode, [], isFinal: false)));
    }

    [Fact]
    public async Task What_breaks_the_head_of_a_frame_is_a_violation_and_nothing_is_read_after_it()
    {
        byte[][] wrong = [ClientFrame.With(0x40, Ping), ClientFrame.Unmasked("a"), ClientFrame.With(0x0B, Ping), ClientFrame.Head(Opcode.Ping, 126), [0x09, 0x80]];
        foreach (var frame in wrong)
        {
            Assert.Equal(["Text a", "Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Text("a"), frame, Ping, ClientFrame.Text("b")));
            Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Text("a", isFinal: false), frame, ClientFrame.Rest("b")));
        }
    }

    [Fact]
    public async Task Frame_that_ends_early_is_none()
    {
        var frames = ClientFrame.Text("hello");
        for (var there = 0; there < frames.Length; there++)
        {
            Assert.Equal(["Ping 0102"], await ReadFrames.AllAsync(Ping, frames[..there]));
        }
    }

    [Fact]
    public async Task Payload_over_many_pieces_of_the_buffer_is_one_message()
    {
        var text = string.Concat(Enumerable.Range(0, 250).Select(number => $"{number:D4}"));
        byte[][] frames = [Ping, ClientFrame.Text(text), .. Fragments(Opcode.Text, text[..500], text[500..]), ClientFrame.Text("next")];
        foreach (var segment in new[] { 16, 64, 256 })
        {
            Assert.Equal(["Ping 0102", $"Text {text}", $"Text {text}", "Text next"], await ReadFrames.AllAsync(ReadFrames.Limit, segment, cuts: [], frames));
        }
    }

    [Fact]
    public async Task Who_waits_holds_no_buffer()
    {
        var pipe = new Pipe();
        using var stream = pipe.Reader.AsStream();
        using var pool = new CountingPool();
        var reader = new FrameReader(PipeReader.Create(stream, new StreamPipeReaderOptions(pool, leaveOpen: true, useZeroByteReads: true)), ReadFrames.Limit);
        await pipe.Writer.WriteAsync(ClientFrame.Text("hello"), TestContext.Current.CancellationToken);
        Assert.True(await reader.FillAsync());
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal("Text hello", ReadFrames.Word(frame));
        Assert.NotEqual(0, pool.Rented);

        Assert.False(reader.TryRead(out _));
        var waiting = reader.FillAsync();
        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, pool.Rented);
        await pipe.Writer.CompleteAsync();
        Assert.False(await waiting);
        reader.Complete();
        Assert.Equal(0, pool.Rented);
    }

    /// <summary>On one thread: to its next tenant the pool gives what this thread has returned last.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_held_after_the_end_of_a_message_or_of_all(bool isWhole)
    {
        const int Size = 3 * 1024 * 1024;
        var array = ArrayPool<byte>.Shared.Rent(Size);
        ArrayPool<byte>.Shared.Return(array);
        using var stream = new MemoryStream([.. ClientFrame.Of(Opcode.Binary, new byte[Size], isFinal: false), .. isWhole ? ClientFrame.Rest("") : []]);
        using var pool = new CountingPool();
        var reader = new FrameReader(PipeReader.Create(stream, new StreamPipeReaderOptions(pool, bufferSize: 64 * 1024, leaveOpen: true)), Size);
        var messages = 0;
        do
        {
            while (reader.TryRead(out var frame))
            {
                messages++;
                Assert.True(MemoryMarshal.TryGetArray<byte>(frame.Bytes, out var joined));
                Assert.Same(array, joined.Array);
            }
        }
        while (Now(reader.FillAsync()));

        Assert.Equal(isWhole ? 1 : 0, messages);
        if (!isWhole)
        {
            reader.Complete();
            Assert.Equal(0, pool.Rented);
        }

        var next = ArrayPool<byte>.Shared.Rent(Size);
        Assert.Same(array, next);
        ArrayPool<byte>.Shared.Return(next);
        reader.Complete();
        Assert.Equal(0, pool.Rented);
    }

    private static async Task<IEnumerable<string>> TrimmedAsync(params byte[][] frames) => (await ReadFrames.AllAsync(frames)).Select(word => word.TrimEnd());

    private static byte[][] Fragments(Opcode opcode, params string[] parts) =>
    [
        .. parts.Select((part, index) => ClientFrame.Of(index == 0 ? opcode : Opcode.Continuation, Encoding.UTF8.GetBytes(part), isFinal: index == parts.Length - 1)),
    ];

    private static bool Now(ValueTask<bool> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }
}
