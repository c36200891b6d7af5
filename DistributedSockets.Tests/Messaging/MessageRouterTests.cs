// Here, another node, or the inbox: every branch of the decision.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Messaging;

public sealed class MessageRouterTests
{
    private static readonly UserId Bob = new("bob");

    [Fact]
    public async Task User_who_is_only_here_is_reached_at_once_without_store_or_bus()
    {
        await using var node = new NodeParts();
        var bob = await node.ConnectAsync("bob");
        await node.RouteAsync(Saying("settled"));
        Assert.Equal("settled", await bob.NextAsync());
        var before = node.Store.Calls.Count;

        await node.RouteAsync(Saying("1"), Saying("2"));

        Assert.Equal(["1", "2"], await bob.NextAsync(2));
        Assert.Equal(before, node.Store.Calls.Count);
        Assert.Empty(node.Bus.Publishes);
    }

    [Fact]
    public async Task User_on_another_node_gets_it_over_the_bus()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");

        await node.RouteAsync(Saying("hi"));

        var arrived = await other.Received.NextAsync();
        Assert.Equal("hi", Text(arrived));
        Assert.False(arrived.IsOneOfSeveral);
        Assert.Equal(0, arrived.Hops);
        Assert.Empty((await node.InboxOfAsync("bob")).Envelopes);
    }

    [Fact]
    public async Task Burst_to_a_user_who_is_not_remembered_costs_one_look_up()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");

        await node.RouteAsync([.. Enumerable.Range(0, 50).Select(i => Saying($"{i}") with { From = new UserId($"user-{i}") })]);
        await node.SettledAsync();

        await other.Received.NextAsync();
        Assert.Equal(1, node.Store.Count("LocateAsync"));
    }

    [Fact]
    public async Task Message_that_has_expired_is_acknowledged_again_and_sent_to_nobody()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        var message = Saying("1") with { ClientId = "a", TtlSeconds = 1 };
        await node.Kept.AppendAsync(Bob, [message], CancellationToken.None);
        node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await node.Kept.SweepAsync(Bob, CancellationToken.None)).Expired);
        var here = await node.ConnectAsync("bob", other.Incarnation);

        await node.RouteAsync(Saying("1") with { ClientId = "a" });
        await node.SettledAsync();
        await node.RouteAsync(Saying("2") with { ClientId = "b" });

        Assert.Equal("2", await here.NextAsync());
        Assert.Equal("2", Text(await other.Received.NextAsync()));
        Assert.Equal((message.Id, true), (node.Told.First().Outcome.Placed!.Value.Id, node.Told.First().Outcome.Placed!.Value.IsDuplicate));
    }

    [Fact]
    public async Task User_in_several_places_gets_copies_that_say_so()
    {
        await using var node = new NodeParts();
        await using var second = await node.ConnectElsewhereAsync("bob", 2);
        await using var third = await node.ConnectElsewhereAsync("bob", 3);
        var here = await node.ConnectAsync("bob", second.Incarnation, third.Incarnation);

        await node.RouteAsync(Saying("hi"));

        Assert.Equal("hi", await here.NextAsync());
        Assert.True((await second.Received.NextAsync()).IsOneOfSeveral);
        Assert.True((await third.Received.NextAsync()).IsOneOfSeveral);
    }

    [Fact]
    public async Task User_who_is_nowhere_has_it_stored()
    {
        await using var node = new NodeParts();

        await node.RouteAsync(Saying("1"), Saying("2"));
        await node.SettledAsync();

        Assert.Equal(["1", "2"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
        Assert.Empty(node.Bus.Publishes);
    }

    [Fact]
    public async Task Returned_message_is_looked_up_afresh_without_the_node_that_was_wrong()
    {
        await using var node = new NodeParts();
        await using var moved = await node.ConnectElsewhereAsync("bob", 3);
        await node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(2)), CancellationToken.None);
        node.Bus.Decide = published => published.Target == NodeParts.Other(3) && published.Envelopes[0].Hops == 0 ? PublishOutcome.Unroutable : null;

        // At first both are wrong; then neither is left to try.
        await node.RouteAsync(Saying("hi"));
        await node.SettledAsync();

        Assert.Equal(2, node.Store.Count("LocateAsync"));
        Assert.Equal(["hi"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
        Assert.Equal(2, node.Bus.Publishes.Count(published => published.Envelopes[0].Seq == 0));
    }

    [Fact]
    public async Task Returned_message_follows_the_user_who_has_moved()
    {
        await using var node = new NodeParts();
        var old = node.NewSession("bob", NodeParts.Other(2));
        await node.Stored.OpenAsync(old, CancellationToken.None);
        await using var other = await ConsumingNode.StartAsync(node.Wire, NodeParts.Other(3));
        node.Bus.Decide = published =>
        {
            if (published.Target != NodeParts.Other(2))
            {
                return null;
            }

            node.Stored.CloseAsync(old, PresenceRules.Grace, CancellationToken.None);
            node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(3)), CancellationToken.None);
            return PublishOutcome.Unroutable;
        };

        await node.RouteAsync(Saying("hi"));

        var arrived = await other.Received.NextAsync();
        Assert.Equal("hi", Text(arrived));
        Assert.Equal(1, arrived.Hops);
    }

    [Fact]
    public async Task Message_that_finds_nobody_in_three_hops_is_stored()
    {
        await using var node = new NodeParts();
        var number = 2;
        await node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(number)), CancellationToken.None);
        node.Bus.Decide = published =>
        {
            number++;
            node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(number)), CancellationToken.None);
            return PublishOutcome.Unroutable;
        };

        await node.RouteAsync(Saying("hi"));
        await node.SettledAsync();

        Assert.Equal(3, node.Store.Count("LocateAsync"));
        Assert.Equal(["hi"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
    }

    [Fact]
    public async Task Returned_copy_of_a_message_that_was_taken_here_is_not_looked_after()
    {
        await using var node = new NodeParts();
        var here = await node.ConnectAsync("bob", NodeParts.Other(2));

        await node.RouteAsync(Saying("hi"));
        await node.SettledAsync();

        Assert.Equal("hi", await here.NextAsync());
        Assert.Single(node.Bus.Publishes);
        Assert.Empty((await node.InboxOfAsync("bob")).Envelopes);
    }

    [Fact]
    public async Task Message_with_an_unknown_outcome_is_never_tried_twice()
    {
        await using var node = new NodeParts();
        await node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(2)), CancellationToken.None);
        node.Bus.Decide = _ => PublishOutcome.Unknown;

        await node.RouteAsync(Saying("hi"));
        await node.SettledAsync();

        Assert.Single(node.Bus.Publishes);
        Assert.Empty((await node.InboxOfAsync("bob")).Envelopes);
        Assert.Empty(node.Failed);
    }

    [Fact]
    public async Task Message_to_a_full_inbox_fails()
    {
        await using var node = new NodeParts(limits: new InboxLimits(Messages: 1));

        await node.RouteAsync(Saying("1"));
        await node.SettledAsync();
        await node.RouteAsync(Saying("2"));
        await node.SettledAsync();

        Assert.Equal(["2"], node.Failed.Select(Text));
        Assert.Equal(["1"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
    }

    [Fact]
    public async Task Message_fails_when_the_store_is_away()
    {
        await using var node = new NodeParts();
        node.Store.Cut();

        await node.RouteAsync(Saying("hi"));
        await node.SettledAsync();

        Assert.Equal(["hi"], node.Failed.Select(Text));
    }

    [Fact]
    public async Task Stored_message_is_hinted_to_where_the_user_was_when_it_was_stored()
    {
        await using var node = new NodeParts();
        await using var other = await ConsumingNode.StartAsync(node.Wire, NodeParts.Other(2));
        using var looked = new Hooked(node, () => node.Stored.OpenAsync(node.NewSession("bob", NodeParts.Other(2)), CancellationToken.None));

        await node.RouteAsync(Saying("hi"));

        await looked.RunAsync();
        var hint = await other.Received.NextAsync();
        Assert.Equal("hi", Text(hint));
        Assert.Equal(1, hint.Seq);
    }

    [Fact]
    public async Task Lane_stays_on_the_inbox_until_a_hint_has_arrived()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        node.Bus.Decide = _ => PublishOutcome.Unroutable;
        await node.RouteAsync(Saying("1"));
        await node.SettledAsync();

        node.Bus.Decide = _ => null;
        await node.RouteAsync(Saying("2"));
        await node.SettledAsync();
        await node.RouteAsync(Saying("3"));

        // 2 follows 1 through the inbox; 3 may go straight again, since 2's hint is ahead of it on the same queue.
        Assert.Equal([("2", 2L), ("3", 0L)], [Seen(await other.Received.NextAsync()), Seen(await other.Received.NextAsync())]);
        Assert.Equal(["1", "2"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
    }

    [Fact]
    public async Task Nothing_is_delivered_by_a_process_that_has_slept_past_its_lease()
    {
        await using var node = new NodeParts();
        var bob = await node.ConnectAsync("bob");
        node.Status.Refresh(node.Time.GetTimestamp(), TimeSpan.FromSeconds(6));
        node.Time.Advance(TimeSpan.FromSeconds(7));

        await node.RouteAsync(Saying("hi"));
        Assert.False(node.Lanes.IsIdle(Bob));
        Assert.Equal(0, bob.Waiting);

        node.Status.Refresh(node.Time.GetTimestamp(), TimeSpan.FromSeconds(6));
        node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("hi", await bob.NextAsync());
    }

    private static (string, long) Seen(Envelope envelope) => (Text(envelope), envelope.Seq);

    /// <summary>Does something between the look-up, which finds nobody, and the append.</summary>
    private sealed class Hooked(NodeParts node, Func<Task> between) : IDisposable
    {
        private readonly HeldAnswers _lookup = node.Store.HoldAnswers("LocateAsync");

        public async Task RunAsync()
        {
            await _lookup.WhenReachedAsync();
            await between();
            _lookup.Release();
        }

        public void Dispose() => _lookup.Release();
    }
}
