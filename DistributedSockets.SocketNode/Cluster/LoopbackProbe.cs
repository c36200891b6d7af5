// A node listens to itself: a probe that was confirmed and does not arrive means that it is deaf.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>
/// Publishes to this node's own queue and waits for it. A probe counts as missed only if the broker has confirmed it: a broker that is away is not this node's deafness.
/// Two misses in a row make the node deaf; the consumer is then rebuilt.
/// </summary>
internal sealed partial class LoopbackProbe(INodeBus bus, NodeStatus status, NodeMetrics metrics, IOptions<SocketNodeOptions> options, TimeProvider time, ILogger<LoopbackProbe> logger)
{
    private const int MissesUntilDeaf = 2;

    private readonly Lock _gate = new();
    private long _number;
    private TaskCompletionSource? _heard;
    private int _misses;

    /// <summary>Whether messages that the broker has accepted for this node do not arrive.</summary>
    public bool IsDeaf => Volatile.Read(ref _misses) >= MissesUntilDeaf;

    /// <summary>How long the last probe took; null before the first.</summary>
    public TimeSpan? LastLag { get; private set; }

    /// <summary>Probes until cancelled; <paramref name="onMissed"/> is told of each miss and whether the node counts as deaf.</summary>
    public async Task RunAsync(Action<bool> onMissed, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _misses, 0);
        using var timer = new PeriodicTimer(options.Value.Cluster.ProbeInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (await IsMissedAsync(cancellationToken))
            {
                var misses = Interlocked.Increment(ref _misses);
                metrics.ProbesMissed.Add(1);
                LogMissed(status.Self, misses);
                onMissed(misses >= MissesUntilDeaf);
            }
        }
    }

    public void Heard(long number)
    {
        lock (_gate)
        {
            if (number == _number)
            {
                _heard?.TrySetResult();
            }
        }
    }

    private async Task<bool> IsMissedAsync(CancellationToken cancellationToken)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _number++;
            _heard = heard;
        }

        var start = time.GetTimestamp();
        if (await bus.TellAsync(status.Self, new Notice.Probe(status.Self, _number), cancellationToken) != PublishOutcome.Routed)
        {
            return false;
        }

        await heard.Task.WaitAsync(options.Value.Cluster.ProbeInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!heard.Task.IsCompleted)
        {
            return true;
        }

        LastLag = time.GetElapsedTime(start);
        metrics.ProbeLag.Record(LastLag.Value.TotalSeconds);
        Volatile.Write(ref _misses, 0);
        return false;
    }

    [LoggerMessage(7020, LogLevel.Warning, "{Node} does not hear itself: a confirmed probe did not arrive ({Misses} in a row)")]
    private partial void LogMissed(NodeIncarnation node, int misses);
}
