// What becomes of a message that another node has sent here.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Messaging;

public sealed class MessageRouterAcceptTests
{
    [Fact]
    public async Task Accepted_message_is_handed_to_the_user_here()
    {
        await using var node = new NodeParts();
        var bob = await node.ConnectAsync("bob");

        await node.Router.AcceptAsync(Saying("hi"), node.Lanes, TestContext.Current.CancellationToken);

        Assert.Equal("hi", await bob.NextAsync());
        Assert.Equal(0, node.Store.Count("LocateAsync"));
    }

    [Fact]
    public async Task Accepted_message_whose_user_has_gone_is_passed_on_with_one_hop_more()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");

        await node.Router.AcceptAsync(Saying("hi") with { Hops = 1 }, node.Lanes, TestContext.Current.CancellationToken);
        node.Lanes.SetOut();

        Assert.Equal(2, (await other.Received.NextAsync()).Hops);
    }

    [Fact]
    public async Task Accepted_message_that_has_hopped_enough_is_stored()
    {
        await using var node = new NodeParts();
        await node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(2)), CancellationToken.None);

        await node.Router.AcceptAsync(Saying("hi") with { Hops = MessageRouter.MaxHops - 1 }, node.Lanes, TestContext.Current.CancellationToken);
        await node.SettledAsync();

        Assert.Equal(0, node.Store.Count("LocateAsync"));
        Assert.Equal(["hi"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
    }

    [Fact]
    public async Task Accepted_copies_and_hints_of_a_user_who_has_gone_are_dropped()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");

        await node.Router.AcceptAsync(Saying("copy") with { IsOneOfSeveral = true }, node.Lanes, TestContext.Current.CancellationToken);
        await node.Router.AcceptAsync(Saying("hint") with { Seq = 7 }, node.Lanes, TestContext.Current.CancellationToken);
        await node.SettledAsync();

        Assert.Empty(node.Bus.Publishes);
        Assert.Empty((await node.InboxOfAsync("bob")).Envelopes);
    }
}
