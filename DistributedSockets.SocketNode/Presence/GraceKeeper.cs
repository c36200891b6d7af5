// Ends the grace of users who have not come back.
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// Ends the grace of users who have not come back. Whoever visits the inboxes of a shard does it for that shard's users; one that dies in the middle is followed by another:
/// a user comes off the list only when all who watch them were told.
/// </summary>
internal sealed partial class GraceKeeper(IPresence presence, PresenceTeller teller, ILogger<GraceKeeper> logger)
{
    /// <summary>Users of a shard that are looked at at once.</summary>
    private const int BatchSize = 200;

    /// <summary>Does not throw where Redis is away: all is due still when it is back.</summary>
    public async Task EndDueAsync(IEnumerable<int> shards, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(shards.Select(shard => EndDueAsync(shard, cancellationToken)));
        }
        catch (RegistryUnavailableException exception)
        {
            LogNotEnded(exception);
        }
    }

    private async Task EndDueAsync(int shard, CancellationToken cancellationToken)
    {
        IReadOnlyList<DueGrace> due;
        do
        {
            due = await presence.ReadDueAsync(shard, BatchSize, cancellationToken);
            var ended = await Task.WhenAll(due.Select(grace => presence.EndGraceAsync(grace.User, cancellationToken)));
            await teller.TellAsync(ended.Select(grace => grace.Presence).OfType<PresenceChange>(), cancellationToken);
            await Task.WhenAll(due.Zip(ended, (grace, end) => presence.SettleGraceAsync(grace, end.Next, cancellationToken)));
        }
        while (due.Count == BatchSize);
    }

    [LoggerMessage(6003, LogLevel.Debug, "Graces could not be ended: Redis does not answer")]
    private partial void LogNotEnded(Exception exception);
}
