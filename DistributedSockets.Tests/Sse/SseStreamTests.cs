// Frames become events, however they are cut into pieces.
using System.IO.Pipelines;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Sse;

namespace DistributedSockets.Tests.Sse;

public sealed class SseStreamTests
{
    [Fact]
    public async Task Frames_become_events_at_every_split_of_the_bytes()
    {
        var frames = new FrameBuffer();
        Add(frames, """{"type":"welcome","user":"bób"}""");
        Add(frames, "{\"a\":1}\n{\"b\":2}");
        frames.Add(Opcode.Ping, []);
        Add(frames, $"{{\"long\":\"{new string('x', 300)}\"}}");
        frames.Add(Opcode.Pong, "t"u8);
        frames.Add(Opcode.Close, ClientSocket.ClosePayload(4200, "the node is going away"));
        var bytes = frames.Written.ToArray();
        var expected = string.Concat(
            "data: {\"type\":\"welcome\",\"user\":\"bób\"}\n\n",
            "data: {\"a\":1}\ndata: {\"b\":2}\n\n",
            "event: ping\ndata:\n\n",
            $"data: {{\"long\":\"{new string('x', 300)}\"}}\n\n",
            "event: close\ndata: {\"code\":4200,\"reason\":\"the node is going away\"}\n\n");

        for (var split = 0; split <= bytes.Length; split++)
        {
            Assert.Equal(expected, await TranslateAsync(bytes[..split], bytes[split..]));
        }

        Assert.Equal(expected, await TranslateAsync([.. bytes.Select(one => new[] { one })]));
    }

    [Theory]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public async Task Frames_of_every_size_become_events(int length)
    {
        var text = new string('x', length);
        var frames = new FrameBuffer();
        Add(frames, text);
        var bytes = frames.Written.ToArray();
        for (var split = 0; split < 14; split++)
        {
            Assert.Equal($"data: {text}\n\n", await TranslateAsync(bytes[..split], bytes[split..]));
        }
    }

    [Fact]
    public async Task Close_is_the_end_once_it_is_sent()
    {
        var isSent = false;
        var output = new MemoryStream();
        await using var stream = new SseStream(PipeWriter.Create(output), () => isSent = output.Length > 0);
        var frames = new FrameBuffer();
        frames.Add(Opcode.Close, ClientSocket.ClosePayload(1000, ""));
        await stream.WriteAsync(frames.Written[..3], TestContext.Current.CancellationToken);
        Assert.False(isSent);
        await stream.WriteAsync(frames.Written[3..], TestContext.Current.CancellationToken);
        Assert.True(isSent);
    }

    private static void Add(FrameBuffer frames, string text)
    {
        frames.Open();
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(frames.GetSpan(bytes.Length));
        frames.Advance(bytes.Length);
        frames.Seal();
    }

    private static async Task<string> TranslateAsync(params byte[][] pieces)
    {
        var output = new MemoryStream();
        await using var stream = new SseStream(PipeWriter.Create(output), () => { });
        foreach (var piece in pieces)
        {
            await stream.WriteAsync(piece.AsMemory(), TestContext.Current.CancellationToken);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
