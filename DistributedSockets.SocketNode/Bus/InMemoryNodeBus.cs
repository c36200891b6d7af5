// The bus of nodes that live in one process: a node alone, and scenarios.
using System.Collections.Concurrent;
using System.Threading.Channels;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>The bus of nodes that live in one process, all of which share one instance.</summary>
internal sealed class InMemoryNodeBus(TimeProvider time) : INodeBus
{
    private readonly ConcurrentDictionary<NodeIncarnation, NodeQueue> _queues = new();
    private readonly ConcurrentDictionary<(NodeIncarnation Node, int Shard), bool> _shards = new();

    public BusState State => BusState.Connected;

    public int Waiting => 0;

    public string? BrokerVersion => null;

    public Task<PublishOutcome> PublishAsync(NodeIncarnation target, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Enqueue(target, new Item(EnvelopeBatch.Encode(envelopes), null)));
    }

    public bool TryPost(NodeIncarnation target, in FastMessage message, Recipient recipient)
    {
        if (!recipient.TryBegin(target))
        {
            return false;
        }

        var envelope = message.ToEnvelope();
        var outcome = Enqueue(target, new Item(EnvelopeBatch.Encode([envelope]), null));
        recipient.Answer(outcome, outcome == PublishOutcome.Unroutable ? envelope : null);
        return true;
    }

    public void Tell(NodeIncarnation target, Notice notice) => Enqueue(target, new Item(default, notice));

    public void Tell(int shard, Notice notice)
    {
        foreach (var listener in Listeners(shard))
        {
            Tell(listener, notice);
        }
    }

    public Task<PublishOutcome> TellAsync(NodeIncarnation target, Notice notice, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Enqueue(target, new Item(default, notice)));
    }

    public Task<PublishOutcome> TellAsync(int shard, Notice notice, CancellationToken cancellationToken) => EnqueueAsync(shard, new Item(default, notice), cancellationToken);

    public Task<PublishOutcome> PublishAsync(RoomBatch batch, CancellationToken cancellationToken) =>
        EnqueueAsync(BusTopology.Shard(batch.Room), new Item(default, null) { Room = RoomBatchCodec.Encode(batch) }, cancellationToken);

    public Task ListenAsync(NodeIncarnation self, int shard)
    {
        _shards.TryAdd((self, shard), true);
        return Task.CompletedTask;
    }

    public void Ignore(NodeIncarnation self, int shard) => _shards.TryRemove((self, shard), out _);

    public async Task ConsumeAsync(NodeIncarnation self, BusReceiver receiver, CancellationToken cancellationToken)
    {
        var queue = new NodeQueue();
        if (!_queues.TryAdd(self, queue))
        {
            throw new InvalidOperationException($"{self} already consumes.");
        }

        receiver.OnResumed();
        await using (cancellationToken.Register(() => Unbind(self, queue)))
        {
            // Ends when the queue is unbound and empty.
            while (await queue.Items.Reader.WaitToReadAsync(CancellationToken.None))
            {
                while (!queue.DrainedLongEnough(time) && queue.Items.Reader.TryRead(out var item))
                {
                    await HandOverAsync(receiver, item);
                }

                if (queue.DrainedLongEnough(time))
                {
                    return;
                }
            }
        }
    }

    private Task<PublishOutcome> EnqueueAsync(int shard, Item item, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = Listeners(shard).Select(listener => Enqueue(listener, item)).ToList();

        // One queue that is full refuses for all.
        return Task.FromResult(outcomes.Contains(PublishOutcome.Unknown) ? PublishOutcome.Unknown
            : outcomes.Contains(PublishOutcome.Routed) ? PublishOutcome.Routed
            : PublishOutcome.Unroutable);
    }

    private PublishOutcome Enqueue(NodeIncarnation target, Item item)
    {
        if (!_queues.TryGetValue(target, out var queue))
        {
            return PublishOutcome.Unroutable;
        }

        if (queue.Items.Writer.TryWrite(item))
        {
            return PublishOutcome.Routed;
        }

        // Full: refused, and refusals are what callers must be able to live with (a broker can't say which queue refused).
        return queue.UnboundAt is null ? PublishOutcome.Unknown : PublishOutcome.Unroutable;
    }

    private void Unbind(NodeIncarnation self, NodeQueue queue)
    {
        _queues.TryRemove(self, out _);
        queue.UnboundAt = time.GetTimestamp();
        queue.Items.Writer.TryComplete();
    }

    private static async ValueTask HandOverAsync(BusReceiver receiver, Item item)
    {
        if (item.Notice is { } notice)
        {
            receiver.OnNotice(notice);
            return;
        }

        if (!item.Room.IsEmpty && RoomBatchCodec.TryDecode(item.Room.Span, out var room))
        {
            await receiver.OnRoom(room);
            return;
        }

        if (EnvelopeBatch.TryOpen(item.Envelopes, out var batch, out _))
        {
            await receiver.OnEnvelopes(batch);
        }
    }

    private List<NodeIncarnation> Listeners(int shard) => [.. _shards.Keys.Where(listener => listener.Shard == shard).Select(listener => listener.Node)];

    /// <summary>Envelopes as the broker would carry them, or a notice, or what was sent to a room.</summary>
    private sealed record Item(ReadOnlyMemory<byte> Envelopes, Notice? Notice)
    {
        public ReadOnlyMemory<byte> Room { get; init; }
    }

    private sealed class NodeQueue
    {
        private object? _unboundAt;

        public Channel<Item> Items { get; } = Channel.CreateBounded<Item>(
            new BoundedChannelOptions(BusTopology.QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        /// <summary>Set before the channel completes, so that a refused write can tell which of the two it was. A long does not fit a volatile field: boxed.</summary>
        public long? UnboundAt
        {
            get => (long?)Volatile.Read(ref _unboundAt);
            set => Volatile.Write(ref _unboundAt, value);
        }

        public bool DrainedLongEnough(TimeProvider time) => UnboundAt is { } since && time.GetElapsedTime(since) > BusTopology.DrainLimit;
    }
}
