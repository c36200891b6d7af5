// The RabbitMQ bus and single broker messages: full queues, poison, receivers that fail, traces.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using RabbitMQ.Client;

namespace DistributedSockets.Tests.Bus;

public sealed class RabbitMqMessageTests : IAsyncLifetime
{
    private readonly NodeIncarnation _self = new(new NodeId($"t-{Guid.NewGuid():N}"), 1_764_000_000_000);
    private RabbitMqNodeBus? _bus;
    private IConnection? _connection;
    private IChannel? _channel;

    private RabbitMqNodeBus Bus => _bus!;

    /// <summary>A stranger's channel to the same broker.</summary>
    private IChannel Channel => _channel!;

    public async ValueTask InitializeAsync()
    {
        _bus = await RabbitMqBus.ConnectAsync();
        _connection = await RabbitMqFixture.NewFactory().CreateConnectionAsync(TestContext.Current.CancellationToken);
        _channel = await _connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await _connection!.DisposeAsync();
        await Bus.DisposeAsync();
    }

    [Fact]
    public async Task A_full_queue_makes_a_publish_unknown_and_what_it_holds_still_arrives()
    {
        await using var node = await ConsumingNode.StartAsync(Bus, _self);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Received.Gate = gate.Task;
        Assert.Equal(PublishOutcome.Routed, await PublishAsync("holds up the receiver"));
        var filler = NoticeCodec.Encode(new Notice.Opened(_self, new UserId("alice")));
        for (var number = 0; number < BusTopology.QueueLength + 200; number++)
        {
            await PublishRawAsync(BusTopology.RoutingKey(_self), BusTopology.NoticeType, filler);
        }

        await Eventually.IsAsync(async () => await PublishAsync("one too many") == PublishOutcome.Unknown, "refused");

        gate.SetResult();
        Assert.Equal("holds up the receiver", Envelopes.Text(await node.Received.NextAsync()));
        await Eventually.IsAsync(async () => await PublishAsync("room again") == PublishOutcome.Routed, "taken again");
    }

    [Theory]
    [InlineData(BusTopology.EnvelopesType)]
    [InlineData(BusTopology.NoticeType)]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Poison_is_put_aside_once_and_holds_up_nobody(string? contentType)
    {
        await using var node = await ConsumingNode.StartAsync(Bus, _self);
        var poison = $"poison {Guid.NewGuid():N}";

        await PublishRawAsync(BusTopology.RoutingKey(_self.Node), contentType, Encoding.UTF8.GetBytes(poison));
        await PublishRawAsync(BusTopology.RoutingKey(_self.Node), BusTopology.EnvelopesType, EnvelopeBatch.Encode([Envelopes.Saying("after")]));

        Assert.Equal("after", Envelopes.Text(await node.Received.NextAsync()));
        var dead = new List<BasicGetResult>();
        while (await Channel.BasicGetAsync(BusTopology.DeadQueue, autoAck: true, TestContext.Current.CancellationToken) is { } message)
        {
            dead.Add(message);
        }

        var mine = Assert.Single(dead, message => Encoding.UTF8.GetString(message.Body.Span) == poison);
        Assert.Equal(BusTopology.Queue(_self), Encoding.UTF8.GetString((byte[])mine.BasicProperties.Headers![BusTopology.QueueHeader]!));
        Assert.NotEmpty((byte[])mine.BasicProperties.Headers![BusTopology.ReasonHeader]!);
    }

    [Fact]
    public async Task A_message_that_the_receiver_fails_on_does_not_come_again()
    {
        var calls = new ConcurrentQueue<string>();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stopping = new CancellationTokenSource();
        var consuming = Bus.ConsumeAsync(_self, new BusReceiver(TakeAsync, _ => { }, _ => ValueTask.CompletedTask, resumed.SetResult), stopping.Token);
        await resumed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await PublishAsync("nobody is home");
        await PublishAsync("second");
        await second.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await stopping.CancelAsync();
        await consuming;

        Assert.Equal(["nobody is home", "second"], calls);

        ValueTask TakeAsync(EnvelopeBatch batch)
        {
            calls.Enqueue(Envelopes.Text(Envelopes.In(batch)[0]));
            if (calls.Count == 2)
            {
                second.SetResult();
            }

            throw new InvalidOperationException("nobody is home");
        }
    }

    [Fact]
    public async Task A_message_to_the_published_wire_name_reaches_the_boot_that_is_there()
    {
        await using var node = await ConsumingNode.StartAsync(Bus, _self);

        await PublishRawAsync($"server.{_self.Node}", BusTopology.EnvelopesType, EnvelopeBatch.Encode([Envelopes.Saying("hi")]));

        Assert.Equal("hi", Envelopes.Text(await node.Received.NextAsync()));
    }

    [Fact]
    public async Task One_envelope_continues_its_trace_under_the_publish_and_several_keep_their_own()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NodeTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var node = await ConsumingNode.StartAsync(Bus, _self);
        var traces = Enumerable.Range(0, 3)
            .Select(_ => new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded)).ToArray();

        await Bus.PublishAsync(_self, [Envelopes.Saying("alone") with { Trace = traces[0] }], TestContext.Current.CancellationToken);
        var alone = await node.Received.NextAsync();
        await Bus.PublishAsync(_self, [.. traces[1..].Select(trace => Envelopes.Saying("several") with { Trace = trace })], TestContext.Current.CancellationToken);
        var several = await node.Received.NextAsync(2);

        var first = Assert.Single(spans, span => span.TraceId == traces[0].TraceId);
        Assert.Equal((ActivityKind.Producer, traces[0].SpanId), (first.Kind, first.ParentSpanId));
        Assert.Equal(first.SpanId, alone.Trace.SpanId);
        Assert.Equal("rabbitmq", first.GetTagItem("messaging.system"));
        Assert.Equal(BusTopology.RoutingKey(_self), first.GetTagItem("messaging.rabbitmq.destination.routing_key"));
        var batch = Assert.Single(spans, span => span.Links.Any(link => link.Context.TraceId == traces[1].TraceId));
        Assert.Equal(2, batch.GetTagItem("messaging.batch.message_count"));
        Assert.Equal(traces[1..].Select(trace => trace.SpanId), several.Select(envelope => envelope.Trace.SpanId));
    }

    private Task<PublishOutcome> PublishAsync(string text) => Bus.PublishAsync(_self, [Envelopes.Saying(text)], TestContext.Current.CancellationToken);

    private async Task PublishRawAsync(string routingKey, string? contentType, ReadOnlyMemory<byte> body) =>
        await Channel.BasicPublishAsync(
            BusTopology.Exchange, routingKey, mandatory: false, new BasicProperties { ContentType = contentType }, body, TestContext.Current.CancellationToken);
}
