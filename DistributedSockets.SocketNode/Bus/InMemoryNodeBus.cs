// The bus of nodes that live in one process: a node alone, and scenarios.
using System.Collections.Concurrent;
using System.Threading.Channels;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>The bus of nodes that live in one process, all of which share one instance.</summary>
internal sealed class InMemoryNodeBus(TimeProvider time) : INodeBus
{
    private readonly ConcurrentDictionary<NodeIncarnation, NodeQueue> _queues = new();

    public BusState State => BusState.Connected;

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

    public Task<PublishOutcome> TellAsync(NodeIncarnation target, Notice notice, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Enqueue(target, new Item(default, notice)));
    }

    public Task<PublishOutcome> ProbeAsync(NodeIncarnation self, long number, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Enqueue(self, new Item(default, new Notice.Probe(self, number))));
    }

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

        if (EnvelopeBatch.TryOpen(item.Envelopes, out var batch, out _))
        {
            await receiver.OnEnvelopes(batch);
        }
    }

    /// <summary>Envelopes as the broker would carry them, or a notice.</summary>
    private sealed record Item(ReadOnlyMemory<byte> Envelopes, Notice? Notice);

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
