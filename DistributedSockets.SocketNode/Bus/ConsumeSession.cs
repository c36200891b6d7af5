// One connection to the broker on which a node's queue is consumed, from its binding to its end.
using DistributedSockets.SocketNode.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// One connection on which a node's queue is consumed, from its binding to its end. The queue lives and dies with the connection, so nothing
/// is ever delivered twice: what was not acknowledged when the connection ended is gone with the queue.
/// </summary>
internal sealed class ConsumeSession : AsyncDefaultBasicConsumer
{
    /// <summary>Broker messages that may be under way to the receiver unacknowledged.</summary>
    private const ushort Prefetch = 64;

    /// <summary>Each acknowledgement is work for the broker. The last few wait for those that follow, at the latest the next probes, and hold up nothing meanwhile.</summary>
    private const ulong AcknowledgedTogether = 16;

    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(10);

    private readonly IChannel _channel;
    private readonly NodeIncarnation _self;
    private readonly string _queue;
    private readonly Func<BrokerMessage, ValueTask> _onMessage;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task _handOver = Task.CompletedTask;
    private bool _stopped;

    private ConsumeSession(IChannel channel, NodeIncarnation self, string queue, Func<BrokerMessage, ValueTask> onMessage)
        : base(channel)
    {
        _channel = channel;
        _self = self;
        _queue = queue;
        _onMessage = onMessage;
    }

    /// <summary>Completes when nothing more will come, with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>Declares and binds the queue. Nothing is delivered before <see cref="StartAsync"/>.</summary>
    public static async Task<ConsumeSession> BindAsync(
        IConnection connection, NodeIncarnation self, string queue, Func<BrokerMessage, ValueTask> onMessage, CancellationToken cancellationToken)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(false, false, consumerDispatchConcurrency: 1), cancellationToken);
        var session = new ConsumeSession(channel, self, queue, onMessage);
        connection.ConnectionShutdownAsync += (_, reason) => session.EndAsync(reason.ReplyText);
        channel.ChannelShutdownAsync += (_, reason) => session.EndAsync(reason.ReplyText);
        await channel.QueueDeclareAsync(
            queue, durable: false, exclusive: true, autoDelete: false, BusTopology.QueueArguments(), cancellationToken: cancellationToken);
        await channel.BasicQosAsync(0, Prefetch, global: false, cancellationToken);
        await channel.QueueBindAsync(queue, BusTopology.Exchange, BusTopology.RoutingKey(self.Node), cancellationToken: cancellationToken);

        // From here on publishes are confirmed, and a stop has to hand them over: not cancelled, but bounded by the client's own limit.
        await channel.QueueBindAsync(queue, BusTopology.Exchange, BusTopology.RoutingKey(self), cancellationToken: CancellationToken.None);
        return session;
    }

    /// <summary>Begins to hand over. Not cancelled for the same reason: a stop drains what it can rely on to be consumed.</summary>
    public Task StartAsync() =>
        _channel.BasicConsumeAsync(_queue, autoAck: false, BusTopology.ConsumerTag, noLocal: false, exclusive: true, arguments: null, this, CancellationToken.None);

    /// <summary>From its completion on, what is published for the rooms of the shard lies on the queue.</summary>
    public Task BindAsync(int shard) => _channel.QueueBindAsync(_queue, BusTopology.Exchange, BusTopology.RoutingKey(shard), cancellationToken: CancellationToken.None);

    public Task UnbindAsync(int shard) => _channel.QueueUnbindAsync(_queue, BusTopology.Exchange, BusTopology.RoutingKey(shard), cancellationToken: CancellationToken.None);

    /// <summary>Unbinds, then returns when everything that lay on the queue has been handed over.</summary>
    public async Task DrainAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        await _channel.QueueUnbindAsync(_queue, BusTopology.Exchange, BusTopology.RoutingKey(_self), cancellationToken: cancellationToken);
        await _channel.QueueUnbindAsync(_queue, BusTopology.Exchange, BusTopology.RoutingKey(_self.Node), cancellationToken: cancellationToken);

        // Counts what has not been sent to us yet. Asking takes a round trip each time and happens once, at the end of a node.
        while ((await _channel.QueueDeclarePassiveAsync(_queue, cancellationToken)).MessageCount > 0)
        {
            await Task.Delay(PollPeriod, time, cancellationToken);
        }

        // What has been sent lies in the dispatcher before the answer to this, in order.
        await _channel.BasicCancelAsync(BusTopology.ConsumerTag, noWait: false, cancellationToken);
        await _cancelled.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Hands over nothing more, whatever the client still holds. Completes with the hand-over that is under way.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _stopped = true;
            return _handOver;
        }
    }

    /// <summary>Ends it from this side.</summary>
    public void Abandon(string reason) => _ended.TrySetResult(reason);

    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _handOver = done.Task;
        }

        try
        {
            await _onMessage(new BrokerMessage(_queue, properties.ContentType, body));

            // Acknowledged whatever became of it: a message given back would come again at once, for ever.
            if (deliveryTag % AcknowledgedTogether == 0)
            {
                await _channel.BasicAckAsync(deliveryTag, multiple: true, CancellationToken.None);
            }
        }
        catch (Exception) when (_ended.Task.IsCompleted || !_channel.IsOpen)
        {
            // The queue is gone, and the message with it.
        }
        finally
        {
            done.SetResult();
        }
    }

    public override Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _cancelled.TrySetResult();
        return base.HandleBasicCancelOkAsync(consumerTag, cancellationToken);
    }

    /// <summary>The broker takes the consumer away: somebody has deleted the queue.</summary>
    public override async Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        await base.HandleBasicCancelAsync(consumerTag, cancellationToken);
        Abandon("the queue was deleted");
    }

    public override async Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        await base.HandleChannelShutdownAsync(channel, reason);
        await EndAsync(reason.ReplyText);
    }

    private Task EndAsync(string reason)
    {
        _ended.TrySetResult(reason);
        return Task.CompletedTask;
    }
}

/// <summary>A message as it came. <paramref name="Body"/> is the client's buffer and valid only until the hand-over completes.</summary>
internal readonly record struct BrokerMessage(string Queue, string? ContentType, ReadOnlyMemory<byte> Body);
