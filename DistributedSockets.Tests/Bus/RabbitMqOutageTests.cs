// The RabbitMQ bus when the way to the broker, or what it has there, breaks.
using System.Diagnostics;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace DistributedSockets.Tests.Bus;

public sealed class RabbitMqOutageTests : IAsyncLifetime
{
    private readonly TcpProxy _proxy = TcpProxy.Start(RabbitMqFixture.Uri.Host, RabbitMqFixture.Uri.Port);
    private readonly NodeIncarnation _self = new(new NodeId($"t-{Guid.NewGuid():N}"), 1_764_000_000_000);
    private RabbitMqNodeBus? _direct;

    /// <summary>A bus that has no proxy before it.</summary>
    private RabbitMqNodeBus Direct => _direct!;

    public async ValueTask InitializeAsync() => _direct = await RabbitMqBus.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        await Direct.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_broker_that_is_down_at_boot_stops_nothing_and_is_found_when_it_comes()
    {
        _proxy.Mode = ProxyMode.Reset;
        await using var bus = RabbitMqBus.Create(RabbitMqFixture.NewFactory(_proxy.Port));
        var starting = ConsumingNode.StartAsync(bus, _self);

        Assert.Equal(BusState.Disconnected, bus.State);
        Assert.Equal(PublishOutcome.Unroutable, await PublishAsync(bus, "nobody carries this"));
        Assert.Equal(PublishOutcome.Unroutable, await bus.TellAsync(_self, new Notice.Probe(_self, 1), TestContext.Current.CancellationToken));
        bus.Tell(_self, new Notice.Opened(_self, new UserId("alice")));

        _proxy.Mode = ProxyMode.Pass;
        await using var node = await starting;
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(Direct, "hi"));
        Assert.Equal("hi", Envelopes.Text(await node.Received.NextAsync()));
    }

    [Fact]
    public async Task A_node_that_stops_while_the_broker_is_down_stops_at_once()
    {
        _proxy.Mode = ProxyMode.Reset;
        await using var bus = RabbitMqBus.Create(RabbitMqFixture.NewFactory(_proxy.Port));
        using var stopping = new CancellationTokenSource();
        var consuming = bus.ConsumeAsync(_self, new RecordingReceiver().Receiver, stopping.Token);

        await stopping.CancelAsync();

        await consuming.WaitAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task After_a_reset_both_ways_work_again_and_the_receiver_is_told()
    {
        await using var bus = await RabbitMqBus.ConnectAsync(RabbitMqFixture.NewFactory(_proxy.Port));
        await using var node = await ConsumingNode.StartAsync(bus, _self);

        _proxy.ResetAll();

        await node.Received.ResumedAsync();
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(Direct, "in"));
        Assert.Equal("in", Envelopes.Text(await node.Received.NextAsync()));
        await Eventually.IsAsync(async () => await PublishAsync(bus, "out") == PublishOutcome.Routed, "publishing again");
    }

    [Fact]
    public async Task A_connection_that_the_broker_still_believes_in_does_not_keep_the_node_from_its_queue()
    {
        await using var bus = await RabbitMqBus.ConnectAsync(RabbitMqFixture.NewFactory(_proxy.Port));
        await using var node = await ConsumingNode.StartAsync(bus, _self);

        _proxy.ResetClients();

        // The broker's own view ends after about 20 s of missed heartbeats; the node is back long before.
        var since = Stopwatch.GetTimestamp();
        await node.Received.ResumedAsync();
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(8));
        await PublishAsync(Direct, "hi");
        Assert.Equal("hi", Envelopes.Text(await node.Received.NextAsync()));
    }

    [Fact]
    public async Task Into_a_black_hole_a_publish_is_unknown_after_5_s_and_the_next_ones_fail_at_once()
    {
        await using var bus = await RabbitMqBus.ConnectAsync(RabbitMqFixture.NewFactory(_proxy.Port));
        await using var node = await ConsumingNode.StartAsync(Direct, _self);
        _proxy.Mode = ProxyMode.Blackhole;

        var since = Stopwatch.GetTimestamp();
        Assert.Equal(PublishOutcome.Unknown, await PublishAsync(bus, "held up"));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(7));

        await Eventually.IsAsync(() => bus.State == BusState.Disconnected, "seen as disconnected", TimeSpan.FromSeconds(1));
        since = Stopwatch.GetTimestamp();
        Assert.Equal(PublishOutcome.Unroutable, await PublishAsync(bus, "not sent"));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(1));

        _proxy.Mode = ProxyMode.Pass;
        await Eventually.IsAsync(() => bus.State == BusState.Connected, "connected again");
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(bus, "last"));
    }

    [Fact]
    public async Task A_blocked_connection_takes_nothing_and_says_so_until_it_is_unblocked()
    {
        await using var bus = await RabbitMqBus.ConnectAsync(RabbitMqFixture.NewFactory(_proxy.Port));
        await using var node = await ConsumingNode.StartAsync(Direct, _self);

        // What a broker under memory alarm sends: method frame on channel 0, connection.blocked("x"), then connection.unblocked.
        await _proxy.InjectAsync(new byte[] { 1, 0, 0, 0, 0, 0, 6, 0, 10, 0, 60, 1, (byte)'x', 0xCE });
        await Eventually.IsAsync(() => bus.State == BusState.Blocked, "blocked");
        Assert.Equal(PublishOutcome.Unroutable, await PublishAsync(bus, "not sent"));

        await _proxy.InjectAsync(new byte[] { 1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 61, 0xCE });
        await Eventually.IsAsync(() => bus.State == BusState.Connected, "unblocked");
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(bus, "sent"));
        Assert.Equal("sent", Envelopes.Text(await node.Received.NextAsync()));
    }

    [Fact]
    public async Task A_queue_deleted_by_hand_is_built_anew_and_the_receiver_is_told()
    {
        var factory = new CapturingConnectionFactory();
        await using var bus = RabbitMqBus.Create(factory);
        await using var node = await ConsumingNode.StartAsync(bus, _self);

        await OnConsumersConnectionAsync(factory, channel => channel.QueueDeleteAsync(BusTopology.Queue(_self)));

        await node.Received.ResumedAsync();
        Assert.Equal(PublishOutcome.Routed, await PublishAsync(Direct, "hi"));
        Assert.Equal("hi", Envelopes.Text(await node.Received.NextAsync()));
    }

    [Fact]
    public async Task A_binding_deleted_by_hand_is_found_by_the_next_probe()
    {
        var factory = new CapturingConnectionFactory();
        await using var bus = await RabbitMqBus.ConnectAsync(factory);
        await using var node = await ConsumingNode.StartAsync(bus, _self);

        await OnConsumersConnectionAsync(
            factory, channel => channel.QueueUnbindAsync(BusTopology.Queue(_self), BusTopology.Exchange, BusTopology.RoutingKey(_self)));

        Assert.Equal(PublishOutcome.Unroutable, await bus.TellAsync(_self, new Notice.Probe(_self, 1), TestContext.Current.CancellationToken));
        await node.Received.ResumedAsync();
        Assert.Equal(PublishOutcome.Routed, await bus.TellAsync(_self, new Notice.Probe(_self, 2), TestContext.Current.CancellationToken));
        Assert.Equal(new Notice.Probe(_self, 2), await node.Received.NextNoticeAsync());
    }

    [Fact]
    public async Task What_comes_while_a_publish_is_in_flight_travels_together()
    {
        await using var bus = await RabbitMqBus.ConnectAsync(RabbitMqFixture.NewFactory(_proxy.Port));
        await using var node = await ConsumingNode.StartAsync(Direct, _self);
        _proxy.Delay = TimeSpan.FromMilliseconds(100);

        var first = PublishAsync(bus, "0");
        await Eventually.IsAsync(() => bus.Waiting == 0, "the first is in flight");
        await Task.WhenAll([first, .. Enumerable.Range(1, 99).Select(number => PublishAsync(bus, $"{number}"))]);

        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"{number}"), (await node.Received.NextAsync(100)).Select(Envelopes.Text));
        Assert.Equal([1, 99], node.Received.Batches);
    }

    private Task<PublishOutcome> PublishAsync(RabbitMqNodeBus bus, string text) =>
        bus.PublishAsync(_self, [Envelopes.Saying(text)], TestContext.Current.CancellationToken);

    private static async Task OnConsumersConnectionAsync(CapturingConnectionFactory factory, Func<IChannel, Task> act)
    {
        await using var channel = await factory.Newest("consume").CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        try
        {
            await act(channel);
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.Initiator == ShutdownInitiator.Application)
        {
            // The consumer has noticed the deed, and closed its connection, before the broker's answer to it was read.
        }
    }
}
