// Fast messages that go to the bus as bytes, past the lanes: when they may, and what becomes of their order when they come back.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Messaging;

public sealed class PostingTests
{
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Messages_to_a_node_that_is_remembered_are_posted_at_once()
    {
        await using var node = new NodeParts();
        await using var bob = await PreparedAsync(node);
        node.Bus.Gate = _gate.Task;

        await node.SendAsync(Saying("1"));
        await node.SendAsync(Saying("2"));

        // In a lane the second one would wait for the first one's answer.
        Assert.Equal(["1", "2"], node.Bus.Publishes.TakeLast(2).Select(published => Text(Assert.Single(published.Envelopes))));
        _gate.SetResult();
        Assert.Equal(["1", "2"], (await bob.Received.NextAsync(2)).Select(Text));
        await node.SettledAsync();
    }

    [Fact]
    public async Task What_comes_back_is_looked_up_anew_and_stays_before_what_came_later()
    {
        await using var node = new NodeParts();
        await using var bob = await PreparedAsync(node);
        await MoveAsync(node);
        await using var moved = await node.ConnectElsewhereAsync("bob", 3);
        node.Bus.Gate = _gate.Task;
        node.Bus.Decide = published => published.Target == NodeParts.Other(2) ? PublishOutcome.Unroutable : null;

        await node.SendAsync(Saying("1"));
        await node.SendAsync(Saying("2"));
        await node.RouteAsync(Saying("3"));
        _gate.SetResult();

        Assert.Equal(["1", "2", "3"], (await moved.Received.NextAsync(3)).Select(Text));
        await node.SettledAsync();
    }

    [Fact]
    public async Task While_something_is_on_its_way_to_a_node_nothing_goes_another_one()
    {
        await using var node = new NodeParts();
        await using var bob = await PreparedAsync(node);
        node.Bus.Gate = _gate.Task;
        await node.SendAsync(Saying("1"));

        // Bob has come here; the first one may still be sent on from there.
        var here = await node.ConnectAsync("bob");
        var published = node.Bus.Publishes.Count;
        await node.SendAsync(Saying("2"));
        Assert.Equal(published, node.Bus.Publishes.Count);
        Assert.False(node.Lanes.IsIdle(new UserId("bob")));

        _gate.SetResult();
        Assert.Equal("2", await here.NextAsync());
        await node.SettledAsync();
    }

    [Fact]
    public async Task An_unknown_outcome_is_the_end_of_a_fast_message()
    {
        await using var node = new NodeParts();
        await using var bob = await PreparedAsync(node);
        node.Bus.Decide = published => Text(published.Envelopes[0]) == "1" ? PublishOutcome.Unknown : null;

        await node.SendAsync(Saying("1"));
        await node.SettledAsync();
        await node.SendAsync(Saying("2"));

        Assert.Equal("2", Text(await bob.Received.NextAsync()));
        Assert.Empty((await node.InboxOfAsync("bob")).Envelopes);
    }

    [Fact]
    public async Task What_comes_back_from_everywhere_is_stored_in_order()
    {
        await using var node = new NodeParts();
        await using var bob = await PreparedAsync(node);
        node.Bus.Decide = _ => PublishOutcome.Unroutable;

        foreach (var text in (string[])["1", "2", "3"])
        {
            await node.SendAsync(Saying(text));
        }

        await node.SettledAsync();
        Assert.Equal(["1", "2", "3"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
    }

    private static async Task MoveAsync(NodeParts node)
    {
        var session = Assert.Single(await node.Stored.LocateAsync(new UserId("bob"), CancellationToken.None));
        await node.Stored.CloseAsync(session, PresenceRules.Grace, CancellationToken.None);
    }

    /// <summary>Bob is at the second node, and that is remembered.</summary>
    private static async Task<ConsumingNode> PreparedAsync(NodeParts node)
    {
        var other = await node.ConnectElsewhereAsync("bob");
        await node.RouteAsync(Saying("0"));
        Assert.Equal("0", Text(await other.Received.NextAsync()));
        await node.SettledAsync();
        return other;
    }
}
