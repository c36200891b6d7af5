// The generator's own parts: what it sends is a frame that servers read, and what it reports is what it measured.
using System.Net.WebSockets;
using System.Text;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Tests.Benchmarks;

public sealed class GeneratorPartsTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(0x89ABCDEFu)]
    [InlineData(uint.MaxValue)]
    public void Mark_is_read_as_it_was_written(uint number)
    {
        var bytes = new byte[Mark.Length];

        new Mark(number, ~number).Write(bytes);

        Assert.Equal(new Mark(number, ~number), Mark.Read(bytes));
        Assert.All(bytes[2..], letter => Assert.InRange(letter, (byte)'A', (byte)'P'));
    }

    [Fact]
    public async Task Every_message_of_a_template_is_a_frame_that_a_server_reads()
    {
        var template = new Template(new DsDialect().Message("alice", "bob"), 5);
        var frames = new byte[2 * template.Length];
        template.Write(frames, 7);
        template.Write(frames.AsSpan(template.Length), 0xFEDCBA98);

        using var socket = WebSocket.CreateFromStream(new MemoryStream(frames), new WebSocketCreationOptions { IsServer = true });

        foreach (var number in new uint[] { 7, 0xFEDCBA98 })
        {
            var buffer = new byte[1024];
            var frame = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            var text = Encoding.UTF8.GetString(buffer, 0, frame.Count);
            Assert.True(frame.EndOfMessage);
            Assert.Equal(new Mark(5, number), Mark.Read(Encoding.UTF8.GetBytes(text[text.IndexOf("@@", StringComparison.Ordinal)..])));
            Assert.Contains($"\"id\":\"alice-#{Encoding.ASCII.GetString(BitConverter.GetBytes(Mark.Letters(number)))}\"", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(126)]
    [InlineData(70_000)]
    public void Frame_of_a_server_is_read_once_it_is_whole(int length)
    {
        byte[] head = length < 126 ? [0x81, (byte)length] : length < 65_536 ? [0x81, 126, 0, (byte)length] : [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70];
        byte[] frame = [.. head, .. new byte[length]];

        for (var size = 0; size < head.Length + 2; size++)
        {
            Assert.False(Frames.TryRead(frame.AsSpan(0, size), out _, out _, out _));
        }

        Assert.True(Frames.TryRead([.. frame, 0x81], out var first, out var payload, out var whole));
        Assert.Equal((0x81, length, frame.Length), (first, payload.Length, whole));
    }

    [Fact]
    public void Percentiles_are_right_within_the_width_of_a_bucket()
    {
        var histogram = new Histogram();
        for (var value = 1; value <= 100_000; value++)
        {
            histogram.Record(value * 1000L);
        }

        Assert.InRange(histogram.Percentile(0.5), 49_200, 50_800);
        Assert.InRange(histogram.Percentile(0.99), 97_400, 100_000);
        Assert.InRange(histogram.Percentile(0.999), 98_300, 100_000);
        Assert.Equal(100_000_000, histogram.Greatest);
    }
}
