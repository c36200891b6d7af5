using System.Text.Json;
using DistributedSockets.Client.Connecting;

namespace DistributedSockets.Tests.Clients;

public sealed class CloseBandsTests
{
    [Theory]
    [InlineData(4001, true)]
    [InlineData(4005, true)]
    [InlineData(4099, true)]
    [InlineData(4100, false)]
    [InlineData(4203, false)]
    [InlineData(1000, false)]
    [InlineData(1001, false)]
    [InlineData(1002, true)]
    [InlineData(1006, false)]
    [InlineData(1007, true)]
    [InlineData(1013, false)]
    public void Band_says_whether_to_come_back(int code, bool isFinal) => Assert.Equal(isFinal, CloseBands.Explain(code, null, null).IsFinal);

    [Fact]
    public void Error_before_a_refusal_says_more_than_its_close_frame()
    {
        var refusal = JsonDocument.Parse("""{"type":"error","code":"unauthenticated","reason":"the token has expired"}""").RootElement;

        Assert.Equal("the token has expired", CloseBands.Explain(4001, "not authenticated", refusal).Reason);
        Assert.Equal("this device has connected elsewhere", CloseBands.Explain(4005, "this device has connected elsewhere", refusal).Reason);
    }

    [Fact]
    public void Node_without_room_says_how_long_to_wait()
    {
        var refusal = JsonDocument.Parse("""{"type":"error","code":"rate_limited","retryMs":3500}""").RootElement;

        Assert.Equal(TimeSpan.FromSeconds(3.5), CloseBands.Explain(4100, "full", refusal).Wait);
        Assert.Equal(TimeSpan.Zero, CloseBands.Explain(4102, "slow", refusal).Wait);
    }
}
