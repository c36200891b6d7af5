// What a recipient may have to come for: stored first, told to the sender, then hinted.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Limits;

namespace DistributedSockets.SocketNode.Messaging;

internal sealed partial class MessageRouter
{
    /// <summary>
    /// Stores messages and tells their sender, then hints them to wherever the user was at that moment: whoever connects later reads them on their own. What was stored
    /// before is hinted again while it is there: the attempt that stored it may have died before its hint.
    /// </summary>
    /// <param name="hinted">The hints of what the lane stored before; these wait behind them.</param>
    private async Task<Carried> StoreAsync(
        UserId recipient, IReadOnlyList<Envelope> batch, Task<bool> hinted, Action<Envelope, Outcome> tell, CancellationToken cancellationToken)
    {
        var appended = await inbox.AppendAsync(recipient, batch, cancellationToken);
        failpoints.Pass(Failpoint.KillBeforeAck);
        var hints = new List<Envelope>(batch.Count);
        var refused = new List<Envelope>();
        var isStored = false;
        for (var index = 0; index < batch.Count; index++)
        {
            var placement = appended.Placements[index];
            if (placement.IsThere || placement.IsDuplicate)
            {
                isStored = true;
                var hint = batch[index] with { Id = placement.Id, SentAt = placement.StoredAt, Seq = placement.Seq, Epoch = appended.Epoch, IsOneOfSeveral = false };
                hops.Report(hint, HopReporter.Stored);
                tell(batch[index], Outcome.Stored(new Placed(placement.Id, placement.Seq, placement.StoredAt, placement.IsDuplicate)));
                if (placement.IsThere)
                {
                    hints.Add(hint);
                }
            }
            else if (placement.Kind == PlacementKind.IdReused)
            {
                tell(batch[index], Outcome.Refused(ErrorCode.IdReused));
            }
            else
            {
                refused.Add(batch[index]);
            }
        }

        RefusedMessages? refusal = null;
        if (refused.Count > 0)
        {
            metrics.LimitReached(LimitNames.InboxMessages);
            LogInboxFull(recipient, refused.Count);
            refusal = new RefusedMessages(ErrorCode.InboxFull, refused);
        }

        if (hints.Count == 0)
        {
            return new Carried(isStored ? Delivery.Inbox : Delivery.Failed, Refused: refusal);
        }

        failpoints.Pass(Failpoint.KillAfterStore);
        if (hints[0].IsReliable)
        {
            copies.Ask(recipient, hints);
        }

        if (table.Find(recipient) is { } user)
        {
            foreach (var hint in hints)
            {
                TryDeliver(user, hint);
            }
        }

        return new Carried(Delivery.Inbox, HintAsync(), refusal);

        // Nobody waits for it: what comes next is stored, and its sender told, meanwhile.
        async Task<bool> HintAsync()
        {
            await hinted;
            return await publisher.PublishAsync(recipient, hints, appended.Sessions);
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "The inbox of user {UserId} is full: {Count} messages refused")]
    private partial void LogInboxFull(UserId userId, int count);
}
