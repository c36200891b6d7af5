// What every bus must do, written once.
using System.Diagnostics;
using System.Text;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Contracts;

public abstract class BusContract : IAsyncLifetime
{
    private static long _lastNumber = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private INodeBus? _sender;
    private INodeBus? _receiver;

    /// <summary>The buses of two nodes, both connected. They may be one.</summary>
    private protected abstract Task<(INodeBus Sender, INodeBus Receiver)> ConnectAsync();

    private protected INodeBus Sender => _sender!;

    private protected INodeBus Receiver => _receiver!;

    public virtual async ValueTask InitializeAsync() => (_sender, _receiver) = await ConnectAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_connected_bus_says_so() => Assert.Equal(BusState.Connected, Sender.State);

    [Fact]
    public async Task Envelopes_arrive_whole_and_in_order()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var first = Envelopes.Saying("grüß dich, 👋", "алиса", "bob {x}") with { Hops = 2, Seq = 77, Trace = trace };
        var second = Envelopes.Saying("second");

        Assert.Equal(PublishOutcome.Routed, await PublishAsync(node.Incarnation, first, second));
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(node.Incarnation, Envelopes.Saying("third")));

        var received = await node.Received.NextAsync(3);
        Assert.Equal(first.Body.ToArray(), received[0].Body.ToArray());
        Assert.Equal((first.Id, first.From, first.To, first.SentAt), (received[0].Id, received[0].From, received[0].To, received[0].SentAt));
        Assert.Equal((2, 77L), (received[0].Hops, received[0].Seq));
        Assert.Equal((trace.TraceId, trace.SpanId), (received[0].Trace.TraceId, received[0].Trace.SpanId));
        Assert.Equal(["second", "third"], received[1..].Select(Envelopes.Text));
    }

    [Fact]
    public async Task What_is_sent_to_a_room_reaches_every_node_that_listens_to_its_shard_and_nobody_else()
    {
        await using var first = await ConsumingNode.StartAsync(Receiver, NewNode());
        await using var second = await ConsumingNode.StartAsync(Receiver, NewNode());
        await using var deaf = await ConsumingNode.StartAsync(Receiver, NewNode());
        var batch = NewBatch("grüße {x}", "one", "two");
        var shard = BusTopology.Shard(batch.Room);
        await Receiver.ListenAsync(first.Incarnation, shard).WaitAsync(TestContext.Current.CancellationToken);
        await Receiver.ListenAsync(second.Incarnation, shard).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(PublishOutcome.Routed, await Sender.PublishAsync(batch, TestContext.Current.CancellationToken));
        Sender.Tell(shard, new Notice.RoomTyping(batch.From, new UserId("alice"), batch.Room, On: true));
        Assert.Equal(PublishOutcome.Routed, await Sender.TellAsync(shard, new Notice.RoomChanged(batch.From, batch.Room), TestContext.Current.CancellationToken));

        foreach (var node in (ConsumingNode[])[first, second])
        {
            var arrived = await node.Received.NextRoomAsync();
            Assert.Equal((batch.Room, batch.From, batch.End), (arrived.Room, arrived.From, arrived.End));
            Assert.Equal(batch.Entries.Select(Whole), arrived.Entries.Select(Whole));

            // The one goes as best it can, the other is confirmed: nothing is promised of their order.
            Notice[] notices = [await node.Received.NextNoticeAsync(), await node.Received.NextNoticeAsync()];
            Assert.Single(notices.OfType<Notice.RoomTyping>());
            Assert.Equal(new Notice.RoomChanged(batch.From, batch.Room), Assert.Single(notices.OfType<Notice.RoomChanged>()));
        }

        await Sender.TellAsync(deaf.Incarnation, new Notice.Membership(batch.From, new UserId("last")), TestContext.Current.CancellationToken);
        Assert.IsType<Notice.Membership>(await deaf.Received.NextNoticeAsync());
        Assert.False(deaf.Received.HasRooms);

        static (long, LogEntryKind, MessageId, UserId, DeviceId, string, string, long, string?, MessageId?) Whole(LogEntry entry) => (
            entry.Rseq, entry.Kind, entry.Id, entry.From, entry.Device, entry.ClientId, Encoding.UTF8.GetString(entry.Body.Span), entry.At, entry.ContentType, entry.Of);
    }

    [Fact]
    public async Task What_is_sent_to_a_room_to_which_nobody_listens_any_more_is_unroutable()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());
        var batch = NewBatch($"room {Guid.NewGuid()}", "one");
        await Receiver.ListenAsync(node.Incarnation, BusTopology.Shard(batch.Room)).WaitAsync(TestContext.Current.CancellationToken);
        await Sender.PublishAsync(batch, TestContext.Current.CancellationToken);
        await node.Received.NextRoomAsync();

        Receiver.Ignore(node.Incarnation, BusTopology.Shard(batch.Room));

        await Eventually.IsAsync(
            async () => await Sender.PublishAsync(batch, TestContext.Current.CancellationToken) == PublishOutcome.Unroutable, "nobody listens any more");
        Assert.Equal(
            PublishOutcome.Unroutable,
            await Sender.TellAsync(BusTopology.Shard(batch.Room), new Notice.RoomChanged(batch.From, batch.Room), TestContext.Current.CancellationToken));
        await Receiver.ListenAsync(node.Incarnation, BusTopology.Shard(batch.Room)).WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(PublishOutcome.Routed, await Sender.PublishAsync(batch, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_large_body_arrives_byte_for_byte()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());
        var body = new byte[1_000_000];
        new Random(1).NextBytes(body);

        Assert.Equal(PublishOutcome.Routed, await PublishAsync(node.Incarnation, Envelopes.Saying("") with { Body = body }));

        Assert.Equal(body, (await node.Received.NextAsync()).Body.ToArray());
    }

    [Fact]
    public async Task A_publish_to_an_absent_node_is_unroutable() =>
        Assert.Equal(PublishOutcome.Unroutable, await PublishAsync(NewNode(), Envelopes.Saying("hi")));

    [Fact]
    public async Task A_publish_to_a_boot_that_was_replaced_is_unroutable_and_its_successor_sees_nothing()
    {
        var old = NewNode();
        await using (await ConsumingNode.StartAsync(Receiver, old))
        {
        }

        await using var successor = await ConsumingNode.StartAsync(Receiver, old with { Number = old.Number + 1 });

        Assert.Equal(PublishOutcome.Unroutable, await PublishAsync(old, Envelopes.Saying("for the old boot")));
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(successor.Incarnation, Envelopes.Saying("for the new boot")));
        Assert.Equal("for the new boot", Envelopes.Text(await successor.Received.NextAsync()));
    }

    [Fact]
    public async Task Two_boots_of_a_node_that_both_listen_get_only_what_is_theirs()
    {
        await using var old = await ConsumingNode.StartAsync(Receiver, NewNode());
        await using var successor = await ConsumingNode.StartAsync(Receiver, old.Incarnation with { Number = old.Incarnation.Number + 1 });

        await PublishAsync(old.Incarnation, Envelopes.Saying("old 1"));
        await PublishAsync(successor.Incarnation, Envelopes.Saying("new 1"));
        await PublishAsync(old.Incarnation, Envelopes.Saying("old 2"));
        await PublishAsync(successor.Incarnation, Envelopes.Saying("new 2"));

        Assert.Equal(["old 1", "old 2"], (await old.Received.NextAsync(2)).Select(Envelopes.Text));
        Assert.Equal(["new 1", "new 2"], (await successor.Received.NextAsync(2)).Select(Envelopes.Text));
    }

    [Fact]
    public async Task Each_of_64_callers_keeps_its_order_and_nothing_comes_twice()
    {
        const int Callers = 64;
        const int Each = 50;
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var number = 0; number < Each; number++)
            {
                Assert.Equal(PublishOutcome.Routed, await PublishAsync(node.Incarnation, Envelopes.Saying($"{number}", $"caller-{caller}")));
            }
        }));

        var received = await node.Received.NextAsync(Callers * Each);
        foreach (var caller in received.GroupBy(envelope => envelope.From))
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(number => $"{number}"), caller.Select(Envelopes.Text));
        }
    }

    [Fact]
    public async Task Notices_of_every_kind_arrive()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());
        var from = NewNode();
        Notice[] notices =
        [
            new Notice.Opened(from, new UserId("алиса")),
            new Notice.Closed(from, new UserId("bob")),
            new Notice.Superseded(from, new UserId("bob"), ConnectionId.New()),
            new Notice.Reaped(from, NewNode()),
        ];

        foreach (var notice in notices)
        {
            Sender.Tell(node.Incarnation, notice);
        }

        foreach (var notice in notices)
        {
            Assert.Equal(notice, await node.Received.NextNoticeAsync());
        }
    }

    [Fact]
    public async Task A_notice_that_is_told_with_an_outcome_arrives_or_is_known_not_to()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());
        PresenceState[] states =
        [
            new(new UserId("алиса"), 1_764_000_000_000, true, 1_764_000_000_000, "{\"text\":\"мир 🚀\"}"u8.ToArray()),
            new(new UserId("bob"), 0, false, 0, default),
        ];
        var notice = new Notice.PresenceChanged(NewNode(), states);

        Assert.Equal(PublishOutcome.Routed, await Sender.TellAsync(node.Incarnation, notice, TestContext.Current.CancellationToken));
        Assert.Equal(PublishOutcome.Unroutable, await Sender.TellAsync(NewNode(), notice, TestContext.Current.CancellationToken));

        var arrived = Assert.IsType<Notice.PresenceChanged>(await node.Received.NextNoticeAsync());
        Assert.Equal(notice.From, arrived.From);
        Assert.Equal(states.Select(Values), arrived.States.Select(Values));

        static (UserId, long, bool, long, string) Values(PresenceState state) => (state.User, state.Version, state.Online, state.Since, Convert.ToHexString(state.Status.Span));
    }

    [Fact]
    public async Task A_notice_to_an_absent_node_harms_nobody()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());

        Sender.Tell(NewNode(), new Notice.Opened(NewNode(), new UserId("alice")));

        Assert.Equal(PublishOutcome.Routed, await PublishAsync(node.Incarnation, Envelopes.Saying("still here")));
        await node.Received.NextAsync();
    }

    [Fact]
    public async Task A_probe_comes_back_to_its_node()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());

        Assert.Equal(PublishOutcome.Routed, await Receiver.TellAsync(node.Incarnation, new Notice.Probe(node.Incarnation, 42), TestContext.Current.CancellationToken));

        Assert.Equal(new Notice.Probe(node.Incarnation, 42), await node.Received.NextNoticeAsync());
    }

    [Fact]
    public async Task A_node_that_stops_takes_over_what_was_confirmed_to_be_on_its_queue_and_nothing_after()
    {
        await using var node = await ConsumingNode.StartAsync(Receiver, NewNode());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Received.Gate = gate.Task;
        const int Confirmed = 200;
        for (var number = 0; number < Confirmed; number++)
        {
            Assert.Equal(PublishOutcome.Routed, await PublishAsync(node.Incarnation, Envelopes.Saying($"{number}")));
        }

        await node.BeginStopAsync();
        while (await PublishAsync(node.Incarnation, Envelopes.Saying("late")) is PublishOutcome.Routed)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        gate.SetResult();
        await node.StopAsync();

        // Late ones that were confirmed before the unbinding count as well.
        Assert.True(node.Received.Waiting >= Confirmed);
        Assert.Equal(Enumerable.Range(0, Confirmed).Select(number => $"{number}"), (await node.Received.NextAsync(Confirmed)).Select(Envelopes.Text));
    }

    [Fact]
    public async Task A_node_that_has_stopped_may_listen_again()
    {
        var self = NewNode();
        await using (await ConsumingNode.StartAsync(Receiver, self))
        {
        }

        await using var again = await ConsumingNode.StartAsync(Receiver, self);
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(self, Envelopes.Saying("hi")));
        await again.Received.NextAsync();
    }

    [Fact]
    public async Task A_cancelled_publish_says_so()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sender.PublishAsync(NewNode(), [Envelopes.Saying("hi")], cancelled.Token));
    }

    /// <summary>A node that no other test knows.</summary>
    private protected static NodeIncarnation NewNode() => new(new NodeId($"t-{Guid.NewGuid():N}"), Interlocked.Increment(ref _lastNumber));

    private protected Task<PublishOutcome> PublishAsync(NodeIncarnation target, params Envelope[] envelopes) =>
        Sender.PublishAsync(target, envelopes, TestContext.Current.CancellationToken);

    private static RoomBatch NewBatch(string room, params string[] bodies) => new(
        new RoomId(room),
        NewNode(),
        new LogEnd(7, "e1"),
        [.. bodies.Select((body, index) => new LogEntry(
            index * 7, (LogEntryKind)index, MessageId.New(TimeProvider.System), new UserId("алиса"), new DeviceId("phone"), index == 0 ? "" : "c1", Encoding.UTF8.GetBytes($"\"{body}\""), 42)
            {
                ContentType = index == 0 ? null : "text/plain",
                Of = index == 0 ? null : new MessageId("other"),
            })]);
}
