// The bus over RabbitMQ.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using RabbitMQ.Client;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// The bus over RabbitMQ: one connection to publish, one to consume, so that a broker that throttles publishers does not hold up what arrives.
/// Connects on its own from its construction to its disposal; a broker that is down stops nothing.
/// </summary>
internal sealed class RabbitMqNodeBus : INodeBus, IAsyncDisposable
{
    private static readonly TimeSpan UnusedLimit = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<NodeIncarnation, RabbitMqLink> _links = new();
    private readonly ConcurrentDictionary<NodeIncarnation, RabbitMqConsumer> _consumers = new();
    private readonly ConcurrentDictionary<NodeIncarnation, ShardBindings> _shards = new();
    private readonly RabbitMqConnector _connector;
    private readonly RabbitMqPublisher _publisher;
    private readonly RabbitMqNotices _notices;
    private readonly BusMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;

    public RabbitMqNodeBus(IConnectionFactory factory, NodeId node, BusMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        _connector = new RabbitMqConnector(factory, node, time);
        _publisher = new RabbitMqPublisher(_connector, metrics, time, loggers.CreateLogger<RabbitMqPublisher>());
        _notices = new RabbitMqNotices(_publisher, metrics, time, loggers.CreateLogger<RabbitMqNotices>());
        _metrics = metrics;
        _time = time;
        _loggers = loggers;
    }

    public BusState State => _publisher.State;

    public int Waiting => _links.Values.Sum(link => link.Waiting);

    public string? BrokerVersion => _publisher.BrokerVersion;

    public Task<PublishOutcome> PublishAsync(NodeIncarnation target, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Link(target).PublishAsync(envelopes, cancellationToken);
    }

    public bool TryPost(NodeIncarnation target, in FastMessage message, Recipient recipient) => Link(target).TryPost(message, recipient);

    public void Tell(NodeIncarnation target, Notice notice) => _notices.Tell(BusTopology.RoutingKey(target), notice);

    public void Tell(int shard, Notice notice) => _notices.Tell(BusTopology.RoutingKey(shard), notice);

    public async Task<PublishOutcome> PublishAsync(RoomBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var properties = new BasicProperties { ContentType = BusTopology.RoomType };
        var since = _time.GetTimestamp();
        var result = await _publisher.SendAsync(
            BusTopology.Exchange, BusTopology.RoutingKey(BusTopology.Shard(batch.Room)), properties, RoomBatchCodec.Encode(batch), RabbitMqPublisher.SendLimit);
        _metrics.Published(result.Text(), batch.Entries.Count, _time.GetElapsedTime(since));

        // Unsent, nobody knows who would have listened.
        return result == SendResult.NotSent ? PublishOutcome.Unknown : result.Outcome();
    }

    public Task ListenAsync(NodeIncarnation self, int shard) => Shards(self).ListenAsync(shard);

    public void Ignore(NodeIncarnation self, int shard) => Shards(self).Ignore(shard);

    public async Task<PublishOutcome> TellAsync(NodeIncarnation target, Notice notice, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = await SendAsync(BusTopology.RoutingKey(target), notice);
        if (result == SendResult.Returned && _consumers.TryGetValue(target, out var consumer))
        {
            // The consumer believes that it is bound, and the broker knows better: somebody has removed the binding or the exchange.
            consumer.Rebuild();
        }

        return result.Outcome();
    }

    public async Task<PublishOutcome> TellAsync(int shard, Notice notice, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = await SendAsync(BusTopology.RoutingKey(shard), notice);

        // Unsent, nobody knows who would have listened.
        return result == SendResult.NotSent ? PublishOutcome.Unknown : result.Outcome();
    }

    public async Task ConsumeAsync(NodeIncarnation self, BusReceiver receiver, CancellationToken cancellationToken)
    {
        var consumer = new RabbitMqConsumer(self, receiver, Shards(self), _connector, _publisher, _metrics, _time, _loggers.CreateLogger<RabbitMqConsumer>());
        if (!_consumers.TryAdd(self, consumer))
        {
            throw new InvalidOperationException($"{self} already consumes.");
        }

        try
        {
            await consumer.RunAsync(cancellationToken);
        }
        finally
        {
            _consumers.TryRemove(self, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _notices.DisposeAsync();
        await _publisher.DisposeAsync();
    }

    /// <summary>What a boot listens to outlives its turns of consuming. One that was replaced listens to nothing any more.</summary>
    private ShardBindings Shards(NodeIncarnation self)
    {
        foreach (var old in _shards.Keys)
        {
            if (old.Node == self.Node && old.Number < self.Number)
            {
                _shards.TryRemove(old, out _);
            }
        }

        return _shards.GetOrAdd(self, _ => new ShardBindings());
    }

    private Task<SendResult> SendAsync(string routingKey, Notice notice) =>
        _publisher.SendAsync(BusTopology.Exchange, routingKey, new BasicProperties { ContentType = BusTopology.NoticeType }, NoticeCodec.Encode(notice), RabbitMqPublisher.SendLimit);

    private RabbitMqLink Link(NodeIncarnation target)
    {
        if (_links.TryGetValue(target, out var link))
        {
            return link;
        }

        // A new boot has appeared; the links of those that it replaces are what would pile up. A caller that still holds a removed link loses
        // nothing: order is promised per caller, and each of its publishes is awaited.
        foreach (var (node, unused) in _links)
        {
            if (unused.IsUnusedFor(UnusedLimit))
            {
                _links.TryRemove(node, out _);
            }
        }

        return _links.GetOrAdd(target, _ => new RabbitMqLink(target, _publisher, _metrics, _time));
    }
}
