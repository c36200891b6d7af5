// How fresh a node's right to deliver is, and which sessions count.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Cluster;

public sealed class NodeStatusTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Right_to_deliver_ends_with_the_lease_and_comes_back_with_it()
    {
        var status = new NodeStatus(_time);
        Assert.True(status.IsFresh);
        status.Refresh(_time.GetTimestamp(), TimeSpan.FromSeconds(6));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(status.IsFresh);
        await status.WhenFreshAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(status.IsFresh);
        var waiting = status.WhenFreshAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        status.Refresh(_time.GetTimestamp(), TimeSpan.FromSeconds(6));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Phase_goes_on_only_from_where_it_was_thought_to_be()
    {
        var status = new NodeStatus(_time);
        status.Enter(NodePhase.Serving, from: NodePhase.CutOff);
        Assert.Equal(NodePhase.Starting, status.Phase);
        status.Enter(NodePhase.Serving, from: NodePhase.Starting);
        Assert.True(status.Admits);
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    [InlineData(101, true)]
    public void Session_on_a_node_as_new_as_the_picture_counts(long number, bool counts) =>
        Assert.Equal(counts, (LivingNodes.None with { AsOf = 100 }).Counts(new NodeIncarnation(new NodeId("server-1"), number)));
}
