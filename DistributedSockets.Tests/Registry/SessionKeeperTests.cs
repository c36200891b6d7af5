// What a node tells and hears of its users' sessions.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Registry;

public sealed class SessionKeeperTests
{
    private static readonly UserId Bob = new("bob");

    [Fact]
    public async Task Session_that_was_opened_elsewhere_is_known_here_or_counted_when_its_user_is_not()
    {
        await using var node = new NodeParts();
        node.Sessions.Hear(new Notice.Opened(NodeParts.Other(2), Bob));
        Assert.Equal(1, node.Sessions.Unheard);

        await node.ConnectAsync("bob");
        node.Sessions.Hear(new Notice.Opened(NodeParts.Other(3), Bob));
        Assert.Equal(1, node.Sessions.Unheard);
        Assert.Equal([NodeParts.Other(3)], node.Table.Find(Bob)!.Elsewhere);
    }

    [Fact]
    public async Task Others_are_told_that_a_user_has_left_only_after_the_last_session_here()
    {
        await using var node = new NodeParts();
        await node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(2)), CancellationToken.None);
        var (first, second) = (node.NewSession("bob"), node.NewSession("bob"));
        await node.Sessions.TryOpenAsync(first, 10, TestContext.Current.CancellationToken);
        await node.Sessions.TryOpenAsync(second, 10, TestContext.Current.CancellationToken);
        node.Bus.Notices.Clear();

        await node.Sessions.CloseAsync(first, leaves: false);
        Assert.Empty(node.Bus.Notices);
        await node.Sessions.CloseAsync(second, leaves: false);
        Assert.Equal([(NodeParts.Other(2), (Notice)new Notice.Closed(node.Self, Bob))], node.Bus.Notices);
    }

    [Fact]
    public async Task Session_whose_opening_got_no_answer_is_closed_later()
    {
        await using var node = new NodeParts();
        var session = node.NewSession("bob");
        node.Store.FailNext("OpenAsync");
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => node.Sessions.TryOpenAsync(session, 10, TestContext.Current.CancellationToken));
        await node.Stored.OpenAsync(session, CancellationToken.None);

        await node.Sessions.CloseLeftoversAsync();
        Assert.Empty(node.Stored.Locate(Bob));
    }

    [Fact]
    public async Task Session_that_ended_while_all_were_entered_again_is_taken_out_again()
    {
        await using var node = new NodeParts();
        await node.ConnectAsync("bob");
        await node.ConnectAsync("carol");
        var leaver = Assert.Single(node.Table.Find(Bob)!.Connections);

        // Closed before it was entered again, as happens between two batches: what is held is the answer.
        var entering = node.Store.HoldAnswers("AssertAsync");
        var asserted = node.Sessions.AssertAllAsync(TestContext.Current.CancellationToken);
        await entering.WhenReachedAsync();
        node.Table.Remove(leaver);
        entering.Release();
        await asserted;
        Assert.Equal(leaver.Session, Assert.Single(node.Stored.Locate(Bob)));

        await node.Sessions.CloseLeftoversAsync();
        Assert.Empty(node.Stored.Locate(Bob));
        Assert.Single(node.Stored.Locate(new UserId("carol")));
    }

    [Fact]
    public async Task Node_that_was_replaced_and_does_not_know_it_yet_opens_no_session()
    {
        await using var node = new NodeParts();
        await node.Stored.TakeLeaseAsync(RegistryUnderTest.Info(node.Self.Node), CancellationToken.None);

        await Assert.ThrowsAsync<RegistryUnavailableException>(() => node.Sessions.TryOpenAsync(node.NewSession("bob"), 10, TestContext.Current.CancellationToken));

        Assert.Empty(node.Stored.Locate(Bob));
        Assert.Empty(node.Bus.Notices);
    }
}
