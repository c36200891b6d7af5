// Messages at the limit and beyond it: told from the head, skipped, and the goodbye behind them still read.
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class FrameReaderLimitTests
{
    private const int Limit = 300;
    private static readonly byte[] Ping = ClientFrame.Of(Opcode.Ping, [1]);

    [Theory]
    [InlineData(Opcode.Text, "Text")]
    [InlineData(Opcode.Binary, "Binary")]
    public async Task Message_may_have_as_many_bytes_as_the_limit_says(Opcode opcode, string kind)
    {
        var body = Enumerable.Repeat((byte)'x', Limit).ToArray();
        var expected = opcode == Opcode.Text ? new string('x', Limit) : Convert.ToHexString(body);
        Assert.Equal([$"{kind} {expected}"], await ReadFrames.AllAsync(Limit, ClientFrame.Of(opcode, body)));
        for (var cut = 0; cut <= Limit; cut += 50)
        {
            Assert.Equal(
                [$"{kind} {expected}", "Ping 01"],
                await ReadFrames.AllAsync(Limit, ClientFrame.Of(opcode, body[..cut], isFinal: false), ClientFrame.Of(Opcode.Continuation, body[cut..]), Ping));
        }
    }

    [Fact]
    public async Task One_byte_more_is_too_large_and_what_follows_is_read_for_its_control_frames_only()
    {
        var body = new byte[Limit + 1];
        byte[][] after = [ClientFrame.Text("next"), Ping, ClientFrame.Text("a", isFinal: false), Ping, ClientFrame.Rest("b"), ClientFrame.Close(1000)];
        string[] expected = ["TooLarge", "Ping 01", "Ping 01", "Close 1000"];
        Assert.Equal(expected, await ReadFrames.AllAsync(Limit, [ClientFrame.Of(Opcode.Text, body), .. after]));
        for (var cut = 0; cut <= body.Length; cut += 43)
        {
            Assert.Equal(
                expected,
                await ReadFrames.AllAsync(Limit, [ClientFrame.Of(Opcode.Binary, body[..cut], isFinal: false), ClientFrame.Of(Opcode.Continuation, body[cut..]), .. after]));
        }
    }

    [Fact]
    public async Task Rules_hold_for_what_is_skipped_too()
    {
        var tooLarge = ClientFrame.Of(Opcode.Text, new byte[Limit + 1], isFinal: false);
        Assert.Equal(["TooLarge", "Violation 1002"], await ReadFrames.AllAsync(Limit, tooLarge, ClientFrame.Text("inside"), ClientFrame.Close(1000)));
        Assert.Equal(["TooLarge", "Violation 1002"], await ReadFrames.AllAsync(Limit, tooLarge, ClientFrame.Rest("end"), ClientFrame.Rest("of nothing"), ClientFrame.Close(1000)));
        Assert.Equal(["TooLarge", "Violation 1002"], await ReadFrames.AllAsync(Limit, tooLarge, ClientFrame.Unmasked("a"), ClientFrame.Close(1000)));
    }

    [Theory]
    [InlineData(Limit + 1)]
    [InlineData(65_536)]
    [InlineData(int.MaxValue + 1L)]
    [InlineData(long.MaxValue)]
    public async Task Too_large_is_told_from_the_head(long length)
    {
        Assert.Equal(["TooLarge"], await ReadFrames.AllAsync(Limit, ClientFrame.Head(Opcode.Text, length), Ping));
        Assert.Equal(["TooLarge"], await ReadFrames.AllAsync(Limit, ClientFrame.Text("a", isFinal: false), ClientFrame.Head(Opcode.Continuation, length), Ping));
    }

    [Fact]
    public async Task Control_frames_do_not_count_towards_the_limit()
    {
        var body = new string('x', Limit);
        Assert.Equal(
            ["Ping 01", $"Text {body}"],
            await ReadFrames.AllAsync(Limit, ClientFrame.Text(body[..200], isFinal: false), Ping, ClientFrame.Rest(body[200..])));
    }
}
