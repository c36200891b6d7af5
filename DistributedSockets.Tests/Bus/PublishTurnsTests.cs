// Turns at publishing: as many at once as the number of links allows, the others in their order.
using DistributedSockets.SocketNode.Bus;

namespace DistributedSockets.Tests.Bus;

public sealed class PublishTurnsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(9, 3)]
    public void One_link_in_four_publishes_at_once(int links, int atOnce)
    {
        var turns = new PublishTurns();
        turns.Count(links);

        var entered = Enumerable.Range(0, 5).Select(_ => turns.EnterAsync()).ToList();

        Assert.Equal(Enumerable.Range(0, 5).Select(index => index < atOnce), entered.Select(turn => turn.IsCompleted));
    }

    [Fact]
    public void Who_leaves_makes_room_for_who_has_waited_longest()
    {
        var turns = new PublishTurns();
        turns.Count(3);
        var (first, second, third) = (turns.EnterAsync(), turns.EnterAsync(), turns.EnterAsync());
        Assert.Equal((true, false, false), (first.IsCompleted, second.IsCompleted, third.IsCompleted));

        turns.Leave();
        Assert.Equal((true, false), (second.IsCompleted, third.IsCompleted));
        turns.Leave();
        Assert.True(third.IsCompleted);
        turns.Leave();

        Assert.True(turns.EnterAsync().IsCompleted);
        Assert.False(turns.EnterAsync().IsCompleted);
    }
}
