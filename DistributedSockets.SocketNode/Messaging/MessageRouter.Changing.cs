// Edits and deletions of messages to a user: the conversation first, then the way of every reliable message.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Messaging;

internal sealed partial class MessageRouter
{
    /// <summary>
    /// Enters an edit or a deletion into the conversation, which knows whether there is such a message and whose it is, then sends it as a message is sent. Whoever repeats it finishes what
    /// an earlier attempt has left: both steps know it by its id.
    /// </summary>
    private async Task<Carried> ChangeAsync(UserId recipient, Envelope change, Task<bool> hinted, Action<Envelope, Outcome> tell, CancellationToken cancellationToken)
    {
        // Before the conversation is changed: the inbox would refuse it afterwards, and the sender would be told that nothing has happened.
        if (await inbox.IsReusedAsync(change, cancellationToken))
        {
            tell(change, Outcome.Refused(ErrorCode.IdReused));
            return new Carried(Delivery.Failed);
        }

        var placement = await conversations.ChangeAsync(change, cancellationToken);
        if (placement.Outcome == LogOutcome.NoSuchMessage)
        {
            // It may have been stored a moment ago, and not have come that far yet.
            await courier.DeliverOwedAsync(recipient, cancellationToken);
            placement = await conversations.ChangeAsync(change, cancellationToken);
        }

        switch (placement.Outcome)
        {
            case LogOutcome.Stored or LogOutcome.Duplicate:
                return await StoreAsync(recipient, [change with { Id = placement.Id }], hinted, tell, cancellationToken);
            case LogOutcome.Gone:
                // A later one counts by now. To send this one behind it would undo that, where the first attempt had not come so far.
                tell(change, Outcome.Stored(new Placed(placement.Id, 0, placement.StoredAt, IsDuplicate: true)));
                return new Carried(Delivery.Inbox);
            default:
                tell(change, Outcome.Refused(ErrorOf(placement.Outcome)));
                return new Carried(Delivery.Failed);
        }
    }

    private ErrorCode ErrorOf(LogOutcome outcome)
    {
        if (outcome == LogOutcome.TooManyEdits)
        {
            metrics.LimitReached(LimitNames.EditsPerMessage);
        }

        return outcome switch
        {
            LogOutcome.IdReused => ErrorCode.IdReused,
            LogOutcome.NotYours => ErrorCode.Forbidden,
            LogOutcome.TooManyEdits => ErrorCode.LimitReached,
            _ => ErrorCode.NoSuchMessage,
        };
    }
}
