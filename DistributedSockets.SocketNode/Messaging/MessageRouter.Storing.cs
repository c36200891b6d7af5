// What a recipient may have to come for: stored first, told to the sender, then hinted.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Messaging;

internal sealed partial class MessageRouter
{
    /// <summary>
    /// Stores messages and tells their sender, then hints them to wherever the user was at that moment: whoever connects later reads them on their own. What was stored
    /// before is hinted again while it is there: the attempt that stored it may have died before its hint.
    /// </summary>
    private async Task<Carried> StoreAsync(UserId recipient, IReadOnlyList<Envelope> batch, Action<Envelope, Outcome> tell, CancellationToken cancellationToken)
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
            LogInboxFull(recipient, refused.Count);
            refusal = new RefusedMessages(ErrorCode.InboxFull, refused);
        }

        if (hints.Count == 0)
        {
            return new Carried(isStored ? Delivery.Inbox : Delivery.Failed, Refused: refusal);
        }

        failpoints.Pass(Failpoint.KillAfterStore);
        return new Carried(Delivery.Inbox, StayOnInbox: !await TryHintAsync(recipient, hints, appended.Sessions, cancellationToken), refusal);
    }

    /// <summary>Hands stored messages to the user's connections, here and on other nodes. False: one of the nodes may not have got them.</summary>
    private async Task<bool> TryHintAsync(UserId recipient, IReadOnlyList<Envelope> hints, IReadOnlyList<Session> sessions, CancellationToken cancellationToken)
    {
        if (table.Find(recipient) is { } user)
        {
            foreach (var hint in hints)
            {
                TryDeliver(user, hint);
            }
        }

        // Also to nodes that our picture of the living, a second old, does not have: one that has just taken its lease back would find the message by its
        // slow sweep only. What is meant for the dead comes back.
        var nodes = sessions.Select(session => session.Node).Where(node => node != status.Self).Distinct();
        var outcomes = await Task.WhenAll(nodes.Select(node => PublishHintsAsync(node, hints, cancellationToken)));
        return outcomes.All(outcome => outcome == PublishOutcome.Routed);
    }

    private async Task<PublishOutcome> PublishHintsAsync(NodeIncarnation node, IReadOnlyList<Envelope> hints, CancellationToken cancellationToken)
    {
        if (failpoints.Drops(Failpoint.DropHint))
        {
            return PublishOutcome.Routed;
        }

        var outcome = await bus.PublishAsync(node, hints, cancellationToken);
        failpoints.Pass(Failpoint.KillAfterConfirm);
        foreach (var hint in outcome == PublishOutcome.Routed ? hints : [])
        {
            hops.Report(hint, HopReporter.Published);
        }

        return outcome;
    }

    [LoggerMessage(2003, LogLevel.Warning, "The inbox of user {UserId} is full: {Count} messages refused")]
    private partial void LogInboxFull(UserId userId, int count);
}
