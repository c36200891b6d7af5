// Receives for one incarnation, through outages of the broker.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>Receives for one incarnation, through outages of the broker: whatever ends, connection, channel or queue, all is built anew.</summary>
internal sealed partial class RabbitMqConsumer(
    NodeIncarnation self,
    BusReceiver receiver,
    ShardBindings shards,
    RabbitMqConnector connector,
    RabbitMqPublisher publisher,
    BusMetrics metrics,
    TimeProvider time,
    ILogger<RabbitMqConsumer> logger)
{
    private int _attempt = 1;
    private volatile ConsumeSession? _session;

    /// <summary>A session that has ended may still be handing over its last message; the receiver is called by one at a time.</summary>
    private Task _lastHandOver = Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new BusBackoff(time);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await HoldSessionAsync(backoff, cancellationToken);
                if (!cancellationToken.IsCancellationRequested)
                {
                    metrics.Reconnecting("consume");
                    await backoff.WaitAsync(cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops, and has no queue at the moment.
        }
    }

    /// <summary>Builds everything anew, since the queue is known not to be bound as it should be.</summary>
    public void Rebuild() => _session?.Abandon("a probe came back: the queue is not bound");

    /// <summary>Binds the queue and hands over until it ends or the node stops; then drains it.</summary>
    private async Task HoldSessionAsync(BusBackoff backoff, CancellationToken cancellationToken)
    {
        IConnection? connection = null;
        ConsumeSession? session = null;
        try
        {
            await _lastHandOver.WaitAsync(cancellationToken);
            connection = await connector.OpenAsync("consume", cancellationToken);
            session = await ConsumeSession.BindAsync(connection, self, BusTopology.Queue(self, _attempt), TakeAsync, cancellationToken);
            await shards.BeginAsync(session);
            receiver.OnResumed();
            _session = session;
            await session.StartAsync();
            backoff.Reset();
            LogConsuming(self);
            LogLost(self, await session.Ended.WaitAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await DrainAsync(session);
        }
        catch (Exception exception)
        {
            _attempt = IsLocked(exception) ? _attempt + 1 : _attempt;
            LogConnectFailed(self, exception.Message);
        }
        finally
        {
            _session = null;
            shards.End();
            _lastHandOver = session?.StopAsync() ?? _lastHandOver;
            if (connection is not null)
            {
                await connector.CloseAsync(connection);
            }
        }
    }

    /// <summary>The broker still sees the connection that this node has lost, and keeps its queue until it misses the heartbeats.</summary>
    private static bool IsLocked(Exception exception) => exception is OperationInterruptedException { ShutdownReason.ReplyCode: Constants.ResourceLocked };

    private async Task DrainAsync(ConsumeSession? session)
    {
        if (session is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(BusTopology.DrainLimit, time);
        try
        {
            shards.End();
            foreach (var shard in shards.Bound)
            {
                await session.UnbindAsync(shard);
            }

            await session.DrainAsync(time, limit.Token);
        }
        catch (Exception exception)
        {
            LogDrainFailed(self, exception.Message);
        }
    }

    private async ValueTask TakeAsync(BrokerMessage message)
    {
        try
        {
            await HandOverAsync(message);
        }
        catch (Exception exception)
        {
            // The receiver has broken its word. The next message is not to blame.
            LogReceiverFailed(exception, self);
        }
    }

    private async ValueTask HandOverAsync(BrokerMessage message)
    {
        if (message.ContentType == BusTopology.EnvelopesType)
        {
            if (EnvelopeBatch.TryOpen(message.Body, out var batch, out var problem))
            {
                await receiver.OnEnvelopes(batch);
                return;
            }

            await BuryAsync(message, problem);
            return;
        }

        if (message.ContentType == BusTopology.RoomType && RoomBatchCodec.TryDecode(message.Body.Span, out var room))
        {
            await receiver.OnRoom(room);
            return;
        }

        if (message.ContentType == BusTopology.NoticeType && NoticeCodec.TryDecode(message.Body.Span, out var notice))
        {
            receiver.OnNotice(notice);
            return;
        }

        await BuryAsync(message, message.ContentType switch
        {
            BusTopology.NoticeType => "bad notice",
            BusTopology.RoomType => "bad room message",
            _ => "unknown content type",
        });
    }

    /// <summary>
    /// Puts what can't be read where an operator can look at it. It goes over the publishing connection: a broker under alarm stops reading from every
    /// connection that publishes, and this one must get its acknowledgements through.
    /// </summary>
    private async ValueTask BuryAsync(BrokerMessage message, string reason)
    {
        metrics.DeadLettered();
        var properties = new BasicProperties
        {
            ContentType = message.ContentType,
            Persistent = true,
            Headers = new Dictionary<string, object?> { [BusTopology.ReasonHeader] = reason, [BusTopology.QueueHeader] = message.Queue },
        };
        var result = await publisher.SendAsync("", BusTopology.DeadQueue, properties, message.Body, RabbitMqPublisher.SendLimit);
        LogUnreadable(self, reason, message.Body.Length, result.Text());
    }

    [LoggerMessage(4020, LogLevel.Information, "{Node} is bound and receives from the broker")]
    private partial void LogConsuming(NodeIncarnation node);

    [LoggerMessage(4021, LogLevel.Warning, "{Node} lost its queue at the broker: {Reason}")]
    private partial void LogLost(NodeIncarnation node, string reason);

    [LoggerMessage(4022, LogLevel.Warning, "{Node} could not bind its queue at the broker: {Reason}")]
    private partial void LogConnectFailed(NodeIncarnation node, string reason);

    [LoggerMessage(4023, LogLevel.Warning, "{Node} stopped without emptying its queue: {Reason}")]
    private partial void LogDrainFailed(NodeIncarnation node, string reason);

    [LoggerMessage(4024, LogLevel.Error, "{Node} could not take over a message")]
    private partial void LogReceiverFailed(Exception exception, NodeIncarnation node);

    [LoggerMessage(4025, LogLevel.Error, "{Node} received {Bytes} bytes that it can't read ({Reason}); put on the queue of unreadable messages: {Result}")]
    private partial void LogUnreadable(NodeIncarnation node, string reason, int bytes, string result);
}
