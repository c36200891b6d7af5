// Finds the stored messages whose hint was lost.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Finds the stored messages whose hint was lost: for all users here after the bus was away, after a missed probe and twice after the lease was taken back, every second while it is unhealthy, for those of
/// whom another node has left word, and otherwise for every user about once a minute. Notices get lost like hints, so where else the users are is looked up anew as well.
/// </summary>
internal sealed partial class InboxCatchUp(
    IInbox inbox, MissedHints missed, MembershipNotices memberships, ConnectionTable table, SessionKeeper sessions, INodeBus bus, NodeStatus status, TimeProvider time, ILogger<InboxCatchUp> logger)
{
    private const int BatchSize = 200;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private const int PeriodsPerSweep = 60;

    /// <summary>How long after this node has taken its lease back nobody takes it for dead any more, by a picture of the time before, and tells it nothing.</summary>
    private const int PeriodsUntilSettled = 3;

    /// <summary>More than that are fetched by looking at everybody.</summary>
    private const int MostNoted = 10_000;

    private readonly SlowSweep<UserId> _sweep = new(PeriodsPerSweep, table.SnapshotUsers);
    private int _requested;

    /// <summary>How many ticks from now everybody is looked at; 0 for not at all.</summary>
    private int _later;

    /// <summary>Looks at everybody at the next tick, within a second.</summary>
    public void Request() => Interlocked.Exchange(ref _requested, 1);

    /// <summary>Looks at everybody within a second, and once more in a few: others may have taken this node for dead.</summary>
    public void RequestNowAndWhenSettled()
    {
        Request();
        Interlocked.Exchange(ref _later, PeriodsUntilSettled);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var requested = Interlocked.Exchange(ref _requested, 0) == 1;
            requested |= Volatile.Read(ref _later) > 0 && Interlocked.Decrement(ref _later) == 0;
            try
            {
                await missed.LeaveWordAsync(cancellationToken);
                var noted = await inbox.TakeMissedAsync(status.Self, MostNoted, cancellationToken);
                var everybody = requested || noted.Count == MostNoted || bus.State != BusState.Connected;
                await CatchUpAsync(everybody ? table.SnapshotUsers() : [.. _sweep.Next(), .. noted], cancellationToken);
                await FollowRoomsAsync(requested ? table.SnapshotUsers() : noted);
            }
            catch (Exception exception) when (exception is InboxUnavailableException or RegistryUnavailableException)
            {
                // Redis is away: everybody is looked at when it is back.
                Request();
                LogNotCaughtUp(exception);
            }
        }
    }

    private async Task CatchUpAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        foreach (var batch in users.Chunk(BatchSize))
        {
            // What is sent while the inboxes are being asked must not look like more than they have.
            var sentBefore = batch.Select(user => (table.Find(user)?.Connections ?? []).Select(connection => (connection, connection.Sent)).ToList()).ToList();
            var ends = await inbox.ReadEndsAsync(batch, cancellationToken);
            for (var index = 0; index < batch.Length; index++)
            {
                foreach (var (connection, sent) in sentBefore[index])
                {
                    connection.CatchUp(ends[index], sent);
                }
            }

            if (bus.State == BusState.Connected)
            {
                await sessions.RefreshAsync(batch, cancellationToken);
            }
        }
    }

    /// <summary>Word that the user's rooms have changed may have been lost too.</summary>
    private async Task FollowRoomsAsync(IReadOnlyList<UserId> users)
    {
        foreach (var batch in users.Chunk(BatchSize))
        {
            await Task.WhenAll(batch.Select(user => memberships.RefreshAsync(user)));
        }
    }

    [LoggerMessage(5010, LogLevel.Debug, "Missed messages could not be looked for: Redis does not answer")]
    private partial void LogNotCaughtUp(Exception exception);
}
