// What the fuzzer feeds, and what has to hold whatever it is fed.
using System.Buffers;
using System.Text;
using System.Text.Unicode;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Sse;
using DistributedSockets.Tests.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Security.Fuzz;

/// <summary>The parsers of everything that comes from outside. None throws; what one accepts, it reads again as the same when it is written.</summary>
internal static class FuzzTargets
{
    private const int FrameBytes = 1_000;

    // What is made of a frame for the test's own comparison, many times over, and not by the node.
    private const int BytesPerByte = 1_000;
    private const int BytesOnTop = 256 * 1024;

    public static readonly IReadOnlyList<(string Name, Func<Random, byte[]> Input, Action<byte[], Random> Check)> All =
    [
        ("command frame", random => FuzzCorpus.Frame(FuzzCorpus.Commands, random), (input, _) => Commands(input)),
        ("plain frame", random => FuzzCorpus.Frame(FuzzCorpus.PlainMessages, random), (input, _) => Plain(input)),
        ("WebSocket bytes", random => FuzzCorpus.Sockets[random.Next(FuzzCorpus.Sockets.Count)], Socket),
        ("broker message", random => FuzzCorpus.BusMessages[random.Next(FuzzCorpus.BusMessages.Count)], (input, _) => Bus(input)),
        ("SSE post", random => FuzzCorpus.Frame(FuzzCorpus.Commands, random), (input, _) => Post(input)),
    ];

    private static void Commands(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var commands = Command.ReadAll(input);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesOnTop + (BytesPerByte * input.Length));

        // What is no UTF-8 never comes so far: the reader of WebSocket frames has refused it.
        foreach (var command in commands.Where(command => command.Kind != CommandKind.Invalid && Utf8.IsValid(input)))
        {
            var again = Assert.Single(Command.ReadAll(Encoding.UTF8.GetBytes(CommandText.Of(command))));
            Assert.Equal(command, again);
        }
    }

    private static void Plain(byte[] input)
    {
        Span<char> room = stackalloc char[PlainFrameReader.RecipientLength];
        Span<char> roomAgain = stackalloc char[PlainFrameReader.RecipientLength];
        var reader = new PlainFrameReader(input, room);
        var output = new ArrayBufferWriter<byte>();
        while (reader.TryRead())
        {
            Assert.InRange(reader.BytesConsumed, 1, input.Length);
            output.ResetWrittenCount();
            PlainFrame.Write(output, "alice", reader.To, reader.Body);
            var again = new PlainFrameReader(output.WrittenSpan, roomAgain);
            Assert.True(again.TryRead());
            Assert.True(reader.To.SequenceEqual(again.To) && reader.Body.SequenceEqual(again.Body));
            Assert.Equal(output.WrittenCount, again.BytesConsumed);
        }

        Assert.False(reader.TryRead());
    }

    /// <summary>However the network cuts it, the same is read; and no more than a message may have.</summary>
    private static void Socket(byte[] input, Random random)
    {
        var whole = Wait(ReadFrames.AllAsync(ReadFrames.Limit, segment: 4096, cuts: [], input));
        var cut = Wait(ReadFrames.AllAsync(ReadFrames.Limit, segment: 64, Enumerable.Range(0, 8).Select(_ => random.Next(input.Length + 1)).Order(), input));
        Assert.Equal(UpToTheEnd(whole), UpToTheEnd(cut));
        Assert.All(whole, word => Assert.InRange(word.Length, 1, 3 * ReadFrames.Limit));
    }

    private static void Bus(byte[] input)
    {
        if (EnvelopeBatch.TryOpen(input, out var batch, out var problem))
        {
            var envelopes = Envelopes.In(batch);
            Assert.NotEmpty(envelopes);
            Assert.True(EnvelopeBatch.TryOpen(EnvelopeBatch.Encode(envelopes), out var again, out problem), problem);
            Assert.Equal(EnvelopeBatch.Encode(envelopes).ToArray(), EnvelopeBatch.Encode(Envelopes.In(again)).ToArray());
        }

        if (NoticeCodec.TryDecode(input, out var notice))
        {
            var bytes = NoticeCodec.Encode(notice);
            Assert.True(NoticeCodec.TryDecode(bytes.Span, out var same));
            Assert.Equal(bytes.ToArray(), NoticeCodec.Encode(same).ToArray());
        }

        if (RoomBatchCodec.TryDecode(input, out var said))
        {
            var bytes = RoomBatchCodec.Encode(said);
            Assert.True(RoomBatchCodec.TryDecode(bytes.Span, out var same));
            Assert.Equal(bytes.ToArray(), RoomBatchCodec.Encode(same).ToArray());
        }
    }

    /// <summary>It comes out as the frame that it is, or the connection ends; and what is posted behind it is not mixed with it.</summary>
    private static void Post(byte[] input)
    {
        var body = input[..Math.Min(input.Length, FrameBytes)];
        var posts = new SsePosts(FrameBytes);
        var frames = new FrameReader(posts.Frames, FrameBytes);
        Assert.Equal(PostOutcome.Taken, posts.Take(1, new ReadOnlySequence<byte>(body)));
        posts.Take(2, new ReadOnlySequence<byte>("next"u8.ToArray()));
        posts.End();
        var words = UpToTheEnd(Wait(ReadAsync(frames)));
        Assert.Equal(Utf8.IsValid(body) ? [body.Length == 0 ? "Pong" : $"Text {Encoding.UTF8.GetString(body)}", "Text next"] : ["Violation 1007"], words);
    }

    /// <summary>A node reads nothing behind what ends its connection.</summary>
    private static List<string> UpToTheEnd(IReadOnlyList<string> words)
    {
        List<string> read = [.. words];
        var end = read.FindIndex(word => word.Split(' ')[0] is "Violation" or "TooLarge" or "Close");
        return end < 0 ? read : read[..(end + 1)];
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(FrameReader reader)
    {
        var words = new List<string>();
        do
        {
            while (reader.TryRead(out var frame))
            {
                words.Add(ReadFrames.Word(frame));
            }
        }
        while (await reader.FillAsync());

        reader.Complete();
        return words;
    }

    /// <summary>The bytes are all there: it ends at once, or never.</summary>
    private static T Wait<T>(Task<T> reading) => reading.GetAwaiter().GetResult();
}
