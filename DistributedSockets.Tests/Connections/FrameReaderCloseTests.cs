// Close frames: which are a goodbye, and which break the protocol.
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class FrameReaderCloseTests
{
    [Fact]
    public async Task Goodbye_needs_no_code() => Assert.Equal(["Close"], await ReadFrames.AllAsync(ClientFrame.Of(Opcode.Close, [])));

    [Fact]
    public async Task Half_a_code_is_a_violation() => Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Of(Opcode.Close, [3])));

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1002)]
    [InlineData(1003)]
    [InlineData(1007)]
    [InlineData(1008)]
    [InlineData(1009)]
    [InlineData(1010)]
    [InlineData(1011)]
    [InlineData(1012)]
    [InlineData(1013)]
    [InlineData(1014)]
    [InlineData(3000)]
    [InlineData(3999)]
    [InlineData(4000)]
    [InlineData(4999)]
    public async Task Codes_that_may_be_sent_are_a_goodbye(int code)
    {
        Assert.Equal([$"Close {code}"], await ReadFrames.AllAsync(ClientFrame.Close(code)));
        Assert.Equal([$"Close {code} tschüß"], await ReadFrames.AllAsync(ClientFrame.Close(code, "tschüß")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(1100)]
    [InlineData(2000)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65_535)]
    public async Task Codes_that_nobody_may_send_are_a_violation(int code)
    {
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Close(code)));
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Close(code, "bye")));
    }

    [Fact]
    public async Task Reason_has_room_for_123_bytes_of_utf8()
    {
        var reason = new string('x', 123);
        Assert.Equal([$"Close 1000 {reason}"], await ReadFrames.AllAsync(ClientFrame.Close(1000, reason)));
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Close(1000, reason + "x")));
        Assert.Equal(["Violation 1002"], await ReadFrames.AllAsync(ClientFrame.Of(Opcode.Close, ClientFrame.ClosePayload(1000, [0xCE, 0xBA, 0xED, 0xA0, 0x80]))));
    }

    [Fact]
    public async Task Nothing_is_read_after_the_goodbye()
    {
        Assert.Equal(["Text a", "Close 1000"], await ReadFrames.AllAsync(ClientFrame.Text("a"), ClientFrame.Close(1000), ClientFrame.Close(1001), ClientFrame.Unmasked("b")));
    }
}
