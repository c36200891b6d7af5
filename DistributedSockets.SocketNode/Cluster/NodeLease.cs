// This node's right to its name: taken at boot, renewed while it runs, given back when it stops.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>This node's right to its name.</summary>
internal sealed partial class NodeLease(
    IConnectionRegistry registry, NodeIdentity identity, NodeReport report, NodeStatus status, SessionKeeper sessions, InboxCatchUp catchUp, WatchKeeper watches, ConnectionTable table,
    IOptions<SocketNodeOptions> options, TimeProvider time, ILogger<NodeLease> logger)
{
    private static readonly TimeSpan TakePoll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan UnavailablePoll = TimeSpan.FromSeconds(1);

    /// <summary>Connections that are closed a second when Redis stays away for too long: they all come back somewhere else.</summary>
    private const int ClosePace = 500;

    private readonly TimeSpan _lease = options.Value.Cluster.Lease;
    private volatile TaskCompletionSource _asked = NewAsk();
    private int _storeReturned;

    /// <summary>
    /// Takes the name for a new boot. Waits while Redis is away, and for the lease of an earlier boot that was killed; throws <see cref="DuplicateNodeException"/> when
    /// the holder shows that it lives by renewing.
    /// </summary>
    public async Task<NodeIncarnation> TakeAsync(CancellationToken cancellationToken)
    {
        LeaseAttempt.Held? before = null;
        while (true)
        {
            var start = time.GetTimestamp();
            var attempt = await TryTakeAsync(cancellationToken);
            if (attempt is LeaseAttempt.Taken taken)
            {
                status.Refresh(start, _lease);
                LogTaken(taken.Incarnation);
                return taken.Incarnation;
            }

            if (attempt is LeaseAttempt.Held held)
            {
                // What is left of a lease only falls unless its holder renews it.
                if (before is not null && (held.Holder != before.Holder || held.Remaining > before.Remaining))
                {
                    throw new DuplicateNodeException(held);
                }

                if (before is null)
                {
                    LogHeld(identity.Node, held.Holder, held.Remaining.TotalSeconds);
                }

                before = held;
            }

            await Task.Delay(attempt is null ? UnavailablePoll : TakePoll, time, cancellationToken);
        }
    }

    /// <summary>Renews until the lease is lost; the node is fenced then. Through a time without Redis it says on and on that the process at least is awake.</summary>
    public async Task HoldAsync(NodeIncarnation self, CancellationToken cancellationToken)
    {
        long? awaySince = null;
        var awake = time.GetTimestamp();
        var slept = false;
        using var timer = new PeriodicTimer(_lease / 3, time);
        var tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        while (true)
        {
            await Task.WhenAny(tick, _asked.Task);
            _asked = NewAsk();
            if (tick.IsCompleted)
            {
                await tick;
                tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            }

            slept |= time.GetElapsedTime(awake) > _lease;
            var start = awake = time.GetTimestamp();
            try
            {
                var renewal = await registry.RenewLeaseAsync(self, report.Take(), cancellationToken);
                if (renewal == LeaseRenewal.Lost)
                {
                    LogFenced(self);
                    return;
                }

                status.Refresh(start, _lease);
                status.IsStoreAway = false;
                slept = false;
                await sessions.CloseLeftoversAsync();
                if (Interlocked.Exchange(ref _storeReturned, 0) == 1 || renewal == LeaseRenewal.TakenBack || awaySince is not null)
                {
                    await sessions.AssertAllAsync(cancellationToken);
                    catchUp.RequestNowAndWhenSettled();
                    watches.RequestWhenSettled();
                    status.Enter(NodePhase.Serving, from: NodePhase.CutOff);
                    LogBack(self);
                    awaySince = null;
                }
            }
            catch (RegistryUnavailableException exception)
            {
                status.IsStoreAway = true;
                StayCutOff(self, awaySince ??= start, exception);
                if (!slept)
                {
                    status.Refresh(time.GetTimestamp(), _lease);
                }
            }
        }
    }

    /// <summary>Renews at once instead of at the next turn: the others are to hear now what has changed here.</summary>
    public void RenewNow() => _asked.TrySetResult();

    /// <summary>The store is connected again and may have forgotten something: what is here is entered again, at once.</summary>
    public void StoreReturned()
    {
        Volatile.Write(ref _storeReturned, 1);
        RenewNow();
    }

    /// <summary>Gives the name back, so that the next boot need not wait. A Redis that is away lets the lease lapse.</summary>
    public async Task ReleaseAsync(NodeIncarnation self, CancellationToken cancellationToken)
    {
        try
        {
            await registry.ReleaseLeaseAsync(self, cancellationToken);
        }
        catch (RegistryUnavailableException exception)
        {
            LogNotReleased(exception, self);
        }
    }

    private async Task<LeaseAttempt?> TryTakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await registry.TakeLeaseAsync(report.Take(), cancellationToken);
        }
        catch (RegistryUnavailableException exception)
        {
            LogWaiting(exception, identity.Node);
            return null;
        }
    }

    private static TaskCompletionSource NewAsk() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void StayCutOff(NodeIncarnation self, long awaySince, Exception exception)
    {
        if (status.Phase == NodePhase.Serving)
        {
            status.Enter(NodePhase.CutOff, from: NodePhase.Serving);
            LogCutOff(exception, self);
        }

        if (time.GetElapsedTime(awaySince) <= options.Value.Cluster.CutOffLimit || table.ConnectionCount == 0)
        {
            return;
        }

        // A slice at each turn of the loop, which goes on renewing in between.
        var slice = table.Snapshot().Take((int)(ClosePace * (_lease / 3).TotalSeconds)).ToList();
        LogGivingUp(self, slice.Count);
        slice.ForEach(connection => connection.Close(CloseReason.BackendUnavailable));
    }

    [LoggerMessage(7001, LogLevel.Information, "{Node} has its lease")]
    private partial void LogTaken(NodeIncarnation node);

    [LoggerMessage(7002, LogLevel.Information, "{Node} waits: {Holder} still holds the lease for {Seconds:0.0} s")]
    private partial void LogHeld(NodeId node, NodeIncarnation holder, double seconds);

    [LoggerMessage(7003, LogLevel.Error, "{Node} is fenced: its lease was lost; all connections are closed and a new incarnation is taken")]
    private partial void LogFenced(NodeIncarnation node);

    [LoggerMessage(7004, LogLevel.Warning, "{Node} is cut off: Redis does not answer. Connections stay, local messages flow, nobody new is let in")]
    private partial void LogCutOff(Exception exception, NodeIncarnation node);

    [LoggerMessage(7005, LogLevel.Information, "{Node} is back: Redis answers, all sessions are entered again")]
    private partial void LogBack(NodeIncarnation node);

    [LoggerMessage(7006, LogLevel.Warning, "{Node} has been cut off for too long: closing {Count} connections")]
    private partial void LogGivingUp(NodeIncarnation node, int count);

    [LoggerMessage(7007, LogLevel.Warning, "{Node} could not give its lease back; it lapses by itself")]
    private partial void LogNotReleased(Exception exception, NodeIncarnation node);

    [LoggerMessage(7008, LogLevel.Warning, "{Node} waits for Redis")]
    private partial void LogWaiting(Exception exception, NodeId node);
}

/// <summary>Another process holds this node's name and renews it.</summary>
internal sealed class DuplicateNodeException(LeaseAttempt.Held held) : Exception(Text(held))
{
    private static string Text(LeaseAttempt.Held held) =>
        $"SERVER_ID '{held.Holder.Node}' is already in use by a living node ({held.Holder}): "
        + (held.Info is { } info
            ? $"host {info.Host}, pid {info.ProcessId}, url {info.Url}, since {DateTimeOffset.FromUnixTimeMilliseconds(info.StartedAt):u}. "
            : "")
        + "Stop that one, or give this one another SERVER_ID.";
}
