// Empties a user's inbox, and tells the senders.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>Empties a user's inbox of what no device has acknowledged, and tells the senders.</summary>
internal sealed partial class InboxClearing(IInboxUpkeep upkeep, OwedCarrier carryOwed, ILogger<InboxClearing> logger)
{
    /// <returns>How many messages were taken out.</returns>
    /// <exception cref="InboxUnavailableException">Some may have been, all the same: to be repeated.</exception>
    public async Task<long> ClearAsync(UserId user, CancellationToken cancellationToken)
    {
        var removed = await upkeep.ClearAsync(user, cancellationToken);
        LogCleared(user, removed);
        try
        {
            await carryOwed(user, cancellationToken);
        }
        catch (InboxUnavailableException exception)
        {
            LogNotTold(exception, user);
        }

        return removed;
    }

    [LoggerMessage(5023, LogLevel.Information, "The inbox of user {UserId} was emptied by the server API: {Count} messages have failed")]
    private partial void LogCleared(UserId userId, long count);

    [LoggerMessage(5024, LogLevel.Warning, "What has failed for user {UserId} could not be told to the senders; the next visit of the inbox does it")]
    private partial void LogNotTold(Exception exception, UserId userId);
}
