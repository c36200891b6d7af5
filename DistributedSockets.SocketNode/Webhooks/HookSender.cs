// Posts events to the application's back end, one node at a time for each shard of their owners.
using System.Collections.Concurrent;
using System.Threading.Channels;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// Posts events to the application's back end: those of an owner one after the other, of several owners at once. What is decided here is only who looks after whom; a sender that dies in the middle
/// is followed by another, since an event stays until it was accepted. Turns are apart from those of the sweeper: a back end that hangs holds up nothing else.
/// </summary>
internal sealed partial class HookSender(
    IHookQueue queue, HookDelivery delivery, HookOptions options, HookMetrics metrics, NodeStatus status, TimeProvider time, ILogger<HookSender> logger) : BackgroundService
{
    /// <summary>Owners of a shard that are read at once.</summary>
    private const int BatchSize = 200;

    /// <summary>Owners that may wait for a worker here; who finds no room is due still.</summary>
    private const int MostQueued = 2_048;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefectPause = TimeSpan.FromMinutes(1);

    /// <summary>How long a request that is under way has when the node stops: one that is cut off is posted again by another.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private readonly Channel<DueHook> _due = Channel.CreateBounded<DueHook>(new BoundedChannelOptions(MostQueued) { SingleWriter = true });

    /// <summary>Owners that wait for a worker or have one: of each there is one at a time.</summary>
    private readonly ConcurrentDictionary<HookOwner, bool> _taken = new();

    /// <summary>When this node's turns end, as timestamps.</summary>
    private readonly long[] _turnEnds = new long[IInboxUpkeep.Shards];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var posting = new CancellationTokenSource();
        await using var stop = stoppingToken.Register(() => posting.CancelAfter(StopPatience));
        var workers = Enumerable.Range(0, options.Parallel).Select(_ => Task.Run(() => WorkAsync(posting.Token, stoppingToken), CancellationToken.None));
        await Task.WhenAll([LookAsync(stoppingToken), .. workers]);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                if (status.Phase == NodePhase.Serving)
                {
                    await TakeTurnsAsync(cancellationToken);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The usual end.
        }
        finally
        {
            // However this ends, the workers do too.
            _due.Writer.Complete();
        }
    }

    private async Task TakeTurnsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var asked = time.GetTimestamp();
            var turns = await Task.WhenAll(Enumerable.Range(0, IInboxUpkeep.Shards).Select(shard => queue.TakeTurnAsync(shard, status.Self, Turn, BatchSize, cancellationToken)));
            for (var shard = 0; shard < turns.Length; shard++)
            {
                Volatile.Write(ref _turnEnds[shard], turns[shard] is null ? 0 : asked + (long)(Turn.TotalSeconds * time.TimestampFrequency));
                foreach (var due in turns[shard]?.Due ?? [])
                {
                    if (_taken.TryAdd(due.Owner, true) && !_due.Writer.TryWrite(due))
                    {
                        _taken.TryRemove(due.Owner, out _);
                    }
                }
            }

            metrics.Waiting = turns.Sum(turn => turn?.Waiting ?? 0);
        }
        catch (HooksUnavailableException exception)
        {
            // Redis is away: all is due still when it is back.
            LogNotLooked(exception);
        }
    }

    private async Task WorkAsync(CancellationToken posting, CancellationToken stopping)
    {
        await foreach (var due in _due.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await delivery.DeliverAsync(due, () => !stopping.IsCancellationRequested && IsMine(due.Owner), posting);
            }
            catch (HooksUnavailableException exception)
            {
                LogNotLooked(exception);
            }
            catch (OperationCanceledException) when (posting.IsCancellationRequested)
            {
                // Another node posts it again.
            }
            catch (Exception exception)
            {
                LogFailed(exception, due.Owner);
                await SetAsideAsync(due.Owner);
            }
            finally
            {
                _taken.TryRemove(due.Owner, out _);
            }
        }
    }

    /// <summary>A defect must neither take the worker from the others nor be met at every look.</summary>
    private async Task SetAsideAsync(HookOwner owner)
    {
        try
        {
            await queue.PauseAsync(owner, DefectPause, CancellationToken.None);
        }
        catch (HooksUnavailableException exception)
        {
            LogNotLooked(exception);
        }
    }

    /// <summary>Whether the node still has the owner's turn: another one posts the next event else, and may have done so.</summary>
    private bool IsMine(HookOwner owner) => time.GetTimestamp() < Volatile.Read(ref _turnEnds[Redis.RedisKeys.Shard(owner)]);

    [LoggerMessage(10003, LogLevel.Debug, "Events could not be looked for: Redis does not answer")]
    private partial void LogNotLooked(Exception exception);

    [LoggerMessage(10004, LogLevel.Error, "The events of {Owner} could not be posted, which is a defect")]
    private partial void LogFailed(Exception exception, HookOwner owner);
}
