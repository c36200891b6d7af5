// One node's access to the bus: counted, and a test decides what becomes of a publish.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Support;

/// <summary>Envelopes that a node has published.</summary>
internal sealed record Published(NodeIncarnation Target, IReadOnlyList<Envelope> Envelopes);

/// <summary>One node's access to the bus. It remembers what was published, and a test decides what becomes of it.</summary>
internal sealed class FaultyBus(INodeBus inner) : INodeBus, IDisposable
{
    private readonly CancellationTokenSource _dead = new();
    private readonly Lock _gate = new();
    private Task _posting = Task.CompletedTask;

    public BusState State { get; set; } = BusState.Connected;

    public int Waiting => inner.Waiting;

    public string? BrokerVersion => inner.BrokerVersion;

    /// <summary>Everything that the node has published, whatever became of it.</summary>
    public ConcurrentQueue<Published> Publishes { get; } = new();

    public ConcurrentQueue<(NodeIncarnation Target, Notice Notice)> Notices { get; } = new();

    /// <summary>What becomes of a publish; null lets it through. Decided when the publish is made.</summary>
    public Func<Published, PublishOutcome?> Decide { get; set; } = _ => null;

    /// <summary>What becomes of probes; null lets them through. Routed: the broker confirms, and the probe arrives nowhere.</summary>
    public PublishOutcome? ProbeOutcome { get; set; }

    /// <summary>Whether notices get lost.</summary>
    public bool LosesNotices { get; set; }

    /// <summary>Publishes wait for this before anything becomes of them.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The process is gone: its queue with what lies on it, and everything it might still say.</summary>
    public void Kill() => _dead.Cancel();

    public Task<PublishOutcome> PublishAsync(NodeIncarnation target, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        var published = new Published(target, envelopes);
        Publishes.Enqueue(published);
        return CarryAsync(published, cancellationToken);
    }

    public bool TryPost(NodeIncarnation target, in FastMessage message, Recipient recipient)
    {
        if (!recipient.TryBegin(target))
        {
            return false;
        }

        var published = new Published(target, [message.ToEnvelope()]);
        Publishes.Enqueue(published);
        lock (_gate)
        {
            _posting = PostAsync(_posting, published, recipient);
        }

        return true;
    }

    public void Tell(NodeIncarnation target, Notice notice)
    {
        Notices.Enqueue((target, notice));
        if (!LosesNotices && !_dead.IsCancellationRequested)
        {
            inner.Tell(target, notice);
        }
    }

    public void Tell(int shard, Notice notice)
    {
        if (!LosesNotices && !_dead.IsCancellationRequested)
        {
            inner.Tell(shard, notice);
        }
    }

    public async Task<PublishOutcome> TellAsync(NodeIncarnation target, Notice notice, CancellationToken cancellationToken)
    {
        if (notice is Notice.Probe)
        {
            return ProbeOutcome ?? await inner.TellAsync(target, notice, cancellationToken);
        }

        Notices.Enqueue((target, notice));
        return LosesNotices || _dead.IsCancellationRequested ? PublishOutcome.Unknown : await inner.TellAsync(target, notice, cancellationToken);
    }

    public async Task<PublishOutcome> TellAsync(int shard, Notice notice, CancellationToken cancellationToken) =>
        LosesNotices || _dead.IsCancellationRequested ? PublishOutcome.Unknown : await inner.TellAsync(shard, notice, cancellationToken);

    /// <summary>What becomes of a publish to a room; null lets it through.</summary>
    public Func<RoomBatch, PublishOutcome?> DecideRoom { get; set; } = _ => null;

    /// <summary>Everything that the node has published to rooms, whatever became of it.</summary>
    public ConcurrentQueue<RoomBatch> RoomPublishes { get; } = new();

    public async Task<PublishOutcome> PublishAsync(RoomBatch batch, CancellationToken cancellationToken)
    {
        RoomPublishes.Enqueue(batch);
        await Gate;
        return _dead.IsCancellationRequested ? PublishOutcome.Unknown : DecideRoom(batch) ?? await inner.PublishAsync(batch, cancellationToken);
    }

    public Task ListenAsync(NodeIncarnation self, int shard) => inner.ListenAsync(self, shard);

    public void Ignore(NodeIncarnation self, int shard) => inner.Ignore(self, shard);

    public async Task ConsumeAsync(NodeIncarnation self, BusReceiver receiver, CancellationToken cancellationToken)
    {
        if (!_dead.IsCancellationRequested)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _dead.Token);
            await inner.ConsumeAsync(self, UntilDead(receiver), ending.Token);
        }

        if (_dead.IsCancellationRequested)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _dead.Dispose();

    /// <summary>One after the other, as a bus must.</summary>
    private async Task PostAsync(Task before, Published published, Recipient recipient)
    {
        await before;
        var outcome = await CarryAsync(published, CancellationToken.None);
        recipient.Answer(outcome, outcome == PublishOutcome.Unroutable ? published.Envelopes[0] : null);
    }

    private async Task<PublishOutcome> CarryAsync(Published published, CancellationToken cancellationToken)
    {
        await Gate;
        return _dead.IsCancellationRequested
            ? PublishOutcome.Unknown
            : Decide(published) ?? await inner.PublishAsync(published.Target, published.Envelopes, cancellationToken);
    }

    private BusReceiver UntilDead(BusReceiver receiver) => new(
        envelopes => _dead.IsCancellationRequested ? ValueTask.CompletedTask : receiver.OnEnvelopes(envelopes),
        notice =>
        {
            if (!_dead.IsCancellationRequested)
            {
                receiver.OnNotice(notice);
            }
        },
        room => _dead.IsCancellationRequested ? ValueTask.CompletedTask : receiver.OnRoom(room),
        receiver.OnResumed);
}
