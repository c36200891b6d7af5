// Carries what is owed for a user's messages to the inboxes and connections of their senders.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>
/// Carries what is owed for a user's messages to the inboxes and connections of their senders: after an acknowledgement, after a read mark, and from the sweeper, which
/// finds what a killed node has left. Every step may be repeated; the senders' inboxes drop what they have.
/// </summary>
internal sealed class ReceiptCourier(IReceipts receipts, ConnectionTable table, HintPublisher publisher, NodeStatus status, Failpoints failpoints)
{
    /// <summary>Outcomes that are read at once.</summary>
    private const int PageSize = 200;

    private readonly UserTurns _turns = new();

    /// <summary>The reader has read what <paramref name="from"/> sent, up to a seq of the reader's inbox in the epoch that the reader's device counts in.</summary>
    public async Task MarkReadAsync(UserId reader, UserId from, string? epoch, long upto, CancellationToken cancellationToken)
    {
        if (await receipts.MarkReadAsync(reader, from, epoch, upto, cancellationToken))
        {
            await DeliverOwedAsync(reader, cancellationToken);
        }
    }

    /// <summary>Carries everything that is owed at this moment. Throws when the store does not answer; the sweeper goes on then.</summary>
    public async Task DeliverOwedAsync(UserId user, CancellationToken cancellationToken)
    {
        failpoints.Pass(Failpoint.KillAfterAcknowledge);
        var hinted = new List<Task<bool>>();
        await _turns.TakeAsync(
            user,
            async () =>
            {
                for (var atEnd = false; !atEnd;)
                {
                    var page = await receipts.ReadOwedAsync(user, PageSize, cancellationToken);
                    atEnd = page.AtEnd;
                    if (page.Owed.Count > 0)
                    {
                        hinted.AddRange(await Task.WhenAll(
                            page.Owed.GroupBy(owed => owed.Sender).Select(group => DeliverAsync(group.Key, user, page.Life, [.. group], cancellationToken))));
                        failpoints.Pass(Failpoint.KillAfterReceipt);
                        await receipts.SettleAsync(user, page.Life, page.Owed[^1].Number, cancellationToken);
                    }
                }

                return true;
            },
            cancellationToken);

        // Beside the turn: what others carry for this user does not wait for the broker.
        await Task.WhenAll(hinted);
    }

    /// <returns>The hints for the sender's other nodes.</returns>
    private async Task<Task<bool>> DeliverAsync(UserId sender, UserId peer, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        var appended = await receipts.AppendAsync(sender, peer, life, owed, cancellationToken);
        if (appended.Receipts.Count == 0)
        {
            return MessageRouter.Routed;
        }

        await status.WhenFreshAsync(cancellationToken);
        foreach (var connection in table.Find(sender)?.Connections ?? [])
        {
            foreach (var receipt in appended.Receipts)
            {
                connection.TryDeliver(receipt);
            }
        }

        return publisher.PublishAsync(sender, appended.Receipts, appended.Sessions);
    }
}
