// Finds what rooms have missed, and tells other nodes what they may have.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// Finds what rooms have missed, as the inbox's catch-up does: all of them after the bus was away, after a missed probe and after a death, every second while the bus is
/// unhealthy, and otherwise each about once a minute. What this node could not publish it tells as soon as it can. Whether the members of a watched room have changed is looked at as well.
/// </summary>
internal sealed partial class RoomCatchUp(IRoomLog log, RoomFeeds feeds, RoomWatch watch, INodeBus bus, NodeStatus status, TimeProvider time, ILogger<RoomCatchUp> logger)
{
    /// <summary>More are found by the slow sweep of the others.</summary>
    private const int MaxUntold = 10_000;

    private const int BatchSize = 200;
    private const int PeriodsPerSweep = 60;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Dictionary<RoomId, LogEnd> _untold = [];
    private readonly SlowSweep<RoomFeed> _sweep = new(PeriodsPerSweep, feeds.Snapshot);
    private int _requested;

    /// <summary>Looks at every room at the next tick, within a second.</summary>
    public void Request() => Interlocked.Exchange(ref _requested, 1);

    /// <summary>What was stored may not have reached the other nodes: they are told how far the log reaches once the bus is back.</summary>
    public void Untold(RoomId room, LogEnd end)
    {
        lock (_gate)
        {
            if (_untold.Count < MaxUntold || _untold.ContainsKey(room))
            {
                var known = _untold.GetValueOrDefault(room);
                _untold[room] = known.Epoch == end.Epoch && known.Rseq > end.Rseq ? known : end;
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            feeds.Trim();
            var requested = Interlocked.Exchange(ref _requested, 0) == 1;
            try
            {
                await CatchUpAsync(requested || bus.State != BusState.Connected ? feeds.Snapshot() : _sweep.Next(), cancellationToken);
                await TellAsync(cancellationToken);
            }
            catch (RoomsUnavailableException exception)
            {
                Request();
                LogNotCaughtUp(exception);
            }
        }
    }

    private async Task CatchUpAsync(IReadOnlyList<RoomFeed> all, CancellationToken cancellationToken)
    {
        foreach (var batch in all.Chunk(BatchSize))
        {
            var heard = batch.Select(feed => feed.End).ToList();
            var ends = await log.ReadEndsAsync([.. batch.Select(feed => feed.Room)], cancellationToken);
            for (var index = 0; index < batch.Length; index++)
            {
                batch[index].CatchUp(ends[index], heard[index]);
            }

            await watch.CheckAsync(batch.Select(feed => feed.Room), cancellationToken);
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        if (bus.State != BusState.Connected)
        {
            return;
        }

        Dictionary<RoomId, LogEnd> untold;
        lock (_gate)
        {
            (untold, _untold) = (_untold, []);
        }

        foreach (var (room, end) in untold)
        {
            if (await bus.PublishAsync(new RoomBatch(room, status.Self, end, []), cancellationToken) == PublishOutcome.Unknown)
            {
                Untold(room, end);
            }
        }
    }

    [LoggerMessage(9002, LogLevel.Debug, "What rooms have missed could not be looked for: Redis does not answer")]
    private partial void LogNotCaughtUp(Exception exception);
}
