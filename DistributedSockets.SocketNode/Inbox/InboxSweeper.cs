// Visits the inboxes whose time has come, one node at a time for each shard of the users.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>Carries what is owed for a user's messages to their senders.</summary>
internal delegate Task OwedCarrier(UserId user, CancellationToken cancellationToken);

/// <summary>
/// Visits the inboxes whose time has come: what is due goes, what is owed to senders is finished, the books are checked. Graces end in the same turns. A sweeper that dies in the middle is followed by
/// another: a visit that was not rescheduled is due still.
/// </summary>
internal sealed partial class InboxSweeper(
    IInboxUpkeep upkeep, OwedCarrier carryOwed, GraceKeeper graces, LedgerStatus ledger, LedgerMetrics metrics, NodeStatus status, TimeProvider time, ILogger<InboxSweeper> logger)
{
    /// <summary>Users of a shard that are read at once.</summary>
    private const int BatchSize = 200;

    /// <summary>Visits that are under way at once.</summary>
    private const int Parallel = 32;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (status.Phase != NodePhase.Serving)
            {
                continue;
            }

            try
            {
                while (await VisitDueAsync(cancellationToken))
                {
                    // There was more than one batch.
                }

                ledger.Totals = await upkeep.ReadLedgerAsync(cancellationToken);
            }
            catch (InboxUnavailableException exception)
            {
                // Redis is away: everything is due still when it is back.
                LogNotSwept(exception);
            }
        }
    }

    /// <summary>Visits a batch of each shard whose turn this node has; true when there may be more.</summary>
    private async Task<bool> VisitDueAsync(CancellationToken cancellationToken)
    {
        var shards = await Task.WhenAll(Enumerable.Range(0, IInboxUpkeep.Shards).Select(shard => TakeTurnAsync(shard, cancellationToken)));

        // Before the visits: how long those take must not show.
        await graces.EndDueAsync(Enumerable.Range(0, IInboxUpkeep.Shards).Where(shard => shards[shard] is not null), cancellationToken);
        var failed = 0;
        foreach (var batch in shards.SelectMany(due => due ?? []).Chunk(Parallel))
        {
            var visited = await Task.WhenAll(batch.Select(due => TryVisitAsync(due.Shard, due.Visit, cancellationToken)));
            failed += visited.Count(isVisited => !isVisited);
        }

        // What failed is due still: it must not be tried over and over without a pause.
        return failed == 0 && shards.Any(due => due?.Count == BatchSize);
    }

    /// <summary>Null when it is another's turn.</summary>
    private async Task<IReadOnlyList<(int Shard, DueVisit Visit)>?> TakeTurnAsync(int shard, CancellationToken cancellationToken)
    {
        var due = await upkeep.TakeTurnAsync(shard, status.Self, Turn, BatchSize, cancellationToken);
        if (due is null)
        {
            ledger.Forget(shard);
            return null;
        }

        return [.. due.Select(visit => (shard, visit))];
    }

    private async Task<bool> TryVisitAsync(int shard, DueVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            var swept = await upkeep.SweepAsync(visit.User, cancellationToken);
            metrics.Expired.Add(swept.Expired);
            if (ledger.Enter(visit.User, swept.Ledger))
            {
                LogOutOfBalance(visit.User, swept.Ledger);
            }

            // First: one whose receipts can't be carried must not hold up the others at every tick.
            await upkeep.RescheduleAsync(shard, visit, swept, cancellationToken);
            if (swept.Owes)
            {
                await carryOwed(visit.User, cancellationToken);
            }

            return true;
        }
        catch (InboxUnavailableException exception)
        {
            LogNotVisited(exception, visit.User);
            return false;
        }
    }

    [LoggerMessage(5020, LogLevel.Warning, "The inbox of user {UserId} does not balance: a stored message has vanished or was counted wrongly. {Ledger}")]
    private partial void LogOutOfBalance(UserId userId, Ledger ledger);

    [LoggerMessage(5021, LogLevel.Debug, "Inboxes could not be visited: Redis does not answer")]
    private partial void LogNotSwept(Exception exception);

    [LoggerMessage(5022, LogLevel.Warning, "The inbox of user {UserId} could not be visited; trying again")]
    private partial void LogNotVisited(Exception exception, UserId userId);
}
