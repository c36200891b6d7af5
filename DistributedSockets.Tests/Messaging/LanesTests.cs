// The messages to one recipient stay in order while each path takes its own time.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Messaging;

public sealed class LanesTests
{
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task What_comes_while_a_batch_is_on_its_way_travels_in_the_next_one_in_order()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        node.Bus.Gate = _gate.Task;
        await node.RouteAsync(Saying("0"));
        await Eventually.IsAsync(() => node.Bus.Publishes.Count == 1, "the first batch is on its way");

        await node.RouteAsync([.. Enumerable.Range(1, 20).Select(number => Saying($"{number}"))]);
        Assert.Single(node.Bus.Publishes);
        _gate.SetResult();
        await node.SettledAsync();

        Assert.Equal([1, 20], node.Bus.Publishes.Select(published => published.Envelopes.Count));
        for (var number = 0; number <= 20; number++)
        {
            Assert.Equal($"{number}", Text(await other.Received.NextAsync()));
        }
    }

    [Fact]
    public async Task What_comes_at_once_travels_together()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");

        await node.RouteAsync([.. Enumerable.Range(1, 20).Select(number => Saying($"{number}"))]);
        await node.SettledAsync();

        Assert.Equal(20, Assert.Single(node.Bus.Publishes).Envelopes.Count);
    }

    [Fact]
    public async Task Busy_lane_waits_for_its_turn_at_storing_and_a_single_message_does_not()
    {
        await using var node = new NodeParts();
        for (var taken = 0; taken < StoreTurns.AtOnce; taken++)
        {
            await node.Router.Turns.TakeAsync();
        }

        await node.RouteAsync(Saying("1") with { ClientId = "a1" });
        await Eventually.IsAsync(() => node.Told.Count == 1, "the single one is stored");
        await node.RouteAsync(Saying("2") with { ClientId = "a2" }, Saying("3") with { ClientId = "a3" });
        await node.RouteAsync(Saying("4") with { ClientId = "a4" });
        Assert.Single(node.Told);

        node.Router.Turns.GiveBack();
        await Eventually.IsAsync(() => node.Told.Count == 4, "the others are stored");
        Assert.Equal(["1", "2", "3", "4"], (await node.InboxOfAsync("bob")).Envelopes.Select(Text));
    }

    [Fact]
    public async Task Message_to_a_local_user_does_not_overtake_what_is_on_its_way_to_them()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        node.Bus.Gate = _gate.Task;
        await node.RouteAsync(Saying("1"));
        await Eventually.IsAsync(() => node.Bus.Publishes.Count == 1, "the first is on its way");

        var bob = await node.ConnectAsync("bob");
        await node.RouteAsync(Saying("2"));
        Assert.True(Assert.Single(node.Table.Find(new UserId("bob"))!.Connections).TryDeliver(Saying("meanwhile")));
        _gate.SetResult();

        Assert.Equal(["meanwhile", "2"], await bob.NextAsync(2));
        Assert.Equal("1", Text(await other.Received.NextAsync()));
    }

    [Fact]
    public async Task Sender_is_told_what_is_stored_although_an_earlier_hint_is_still_on_its_way()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        await BeginHintAsync(node);

        await node.RouteAsync(Saying("2") with { ClientId = "a2" });
        await Eventually.IsAsync(() => node.Told.Count == 2, "both senders are told");
        Assert.Single(node.Bus.Publishes);
        var drained = node.Lanes.DrainAsync();
        Assert.False(drained.IsCompleted);

        _gate.SetResult();
        await drained.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("1", Text(await other.Received.NextAsync()));
        Assert.Equal("2", Text(await other.Received.NextAsync()));
        Assert.Equal(0, node.Metrics.MissedHints.Total);
    }

    [Fact]
    public async Task Broker_that_does_not_answer_holds_up_a_lane_for_a_second_at_most_and_word_is_left_for_the_node()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        await BeginHintAsync(node);
        await node.RouteAsync(Saying("2") with { ClientId = "a2" });
        await node.RouteAsync(Saying("3") with { ClientId = "a3" });

        await node.AdvanceUntilAsync(() => node.Told.Count == 3 && node.Bus.Publishes.Count > 1, "the lane goes on");
        await node.Missed.LeaveWordAsync(TestContext.Current.CancellationToken);

        Assert.Equal([new UserId("bob")], await node.Kept.TakeMissedAsync(NodeParts.Other(), 10, TestContext.Current.CancellationToken));
        _gate.SetResult();
    }

    [Fact]
    public async Task Recipients_do_not_wait_for_each_other()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        node.Bus.Gate = _gate.Task;
        await node.RouteAsync(Saying("held"), Saying("stored", to: "carol"));

        await Eventually.IsAsync(async () => (await node.InboxOfAsync("carol")).Envelopes.Count == 1, "carol's message is stored");
        _gate.SetResult();
    }

    [Fact]
    public async Task Sender_waits_while_as_many_messages_as_it_may_have_are_on_their_way()
    {
        await using var node = new NodeParts();
        using var lanes = new Lanes(node.Router, 2, node.Metrics, (_, _) => { });
        await using var other = await node.ConnectElsewhereAsync("bob");
        node.Bus.Gate = _gate.Task;
        await lanes.EnqueueAsync(Saying("1"), recipient: null, TestContext.Current.CancellationToken);
        await lanes.EnqueueAsync(Saying("2", to: "carol"), recipient: null, TestContext.Current.CancellationToken);
        await lanes.EnqueueAsync(Saying("3"), recipient: null, TestContext.Current.CancellationToken);

        var fourth = lanes.EnqueueAsync(Saying("4"), recipient: null, TestContext.Current.CancellationToken).AsTask();
        Assert.False(fourth.IsCompleted);
        _gate.SetResult();
        await fourth.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        await lanes.DrainAsync().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Wait_for_room_ends_with_the_connection()
    {
        await using var node = new NodeParts();
        using var lanes = new Lanes(node.Router, 1, node.Metrics, (_, _) => { });
        await using var other = await node.ConnectElsewhereAsync("bob");
        node.Bus.Gate = _gate.Task;
        using var closing = new CancellationTokenSource();
        await lanes.EnqueueAsync(Saying("1"), recipient: null, closing.Token);

        var second = lanes.EnqueueAsync(Saying("2"), recipient: null, closing.Token).AsTask();
        await closing.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _gate.SetResult();
        await lanes.DrainAsync().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Drained_means_that_everything_has_an_outcome()
    {
        await using var node = new NodeParts();
        await using var other = await node.ConnectElsewhereAsync("bob");
        Assert.True(node.Lanes.DrainAsync().IsCompletedSuccessfully);
        node.Bus.Gate = _gate.Task;
        await node.RouteAsync(Saying("1"), Saying("2"));

        var drained = node.Lanes.DrainAsync();
        Assert.False(drained.IsCompleted);
        _gate.SetResult();
        await drained.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, node.Bus.Publishes.Sum(published => published.Envelopes.Count));
        Assert.True(node.Lanes.IsIdle(new UserId("bob")));
    }

    /// <summary>Stores a message whose hint waits for the gate.</summary>
    private async Task BeginHintAsync(NodeParts node)
    {
        node.Bus.Gate = _gate.Task;
        await node.RouteAsync(Saying("1") with { ClientId = "a1" });
        await Eventually.IsAsync(() => node.Bus.Publishes.Count == 1, "the first hint is on its way");
    }
}
