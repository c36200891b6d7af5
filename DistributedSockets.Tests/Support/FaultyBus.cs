// One node's access to the bus: counted, and a test decides what becomes of a publish.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

/// <summary>Envelopes that a node has published.</summary>
internal sealed record Published(NodeIncarnation Target, IReadOnlyList<Envelope> Envelopes);

/// <summary>One node's access to the bus. It remembers what was published, and a test decides what becomes of it.</summary>
internal sealed class FaultyBus(INodeBus inner) : INodeBus, IDisposable
{
    private readonly CancellationTokenSource _dead = new();

    public BusState State { get; set; } = BusState.Connected;

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

    public async Task<PublishOutcome> PublishAsync(NodeIncarnation target, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        var published = new Published(target, envelopes);
        Publishes.Enqueue(published);
        await Gate;
        return _dead.IsCancellationRequested
            ? PublishOutcome.Unknown
            : Decide(published) ?? await inner.PublishAsync(target, envelopes, cancellationToken);
    }

    public void Tell(NodeIncarnation target, Notice notice)
    {
        Notices.Enqueue((target, notice));
        if (!LosesNotices && !_dead.IsCancellationRequested)
        {
            inner.Tell(target, notice);
        }
    }

    public async Task<PublishOutcome> ProbeAsync(NodeIncarnation self, long number, CancellationToken cancellationToken) =>
        ProbeOutcome ?? await inner.ProbeAsync(self, number, cancellationToken);

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

    private BusReceiver UntilDead(BusReceiver receiver) => new(
        envelopes => _dead.IsCancellationRequested ? ValueTask.CompletedTask : receiver.OnEnvelopes(envelopes),
        notice =>
        {
            if (!_dead.IsCancellationRequested)
            {
                receiver.OnNotice(notice);
            }
        },
        receiver.OnResumed);
}
