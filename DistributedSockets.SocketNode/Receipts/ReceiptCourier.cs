// Carries what is owed for a user's messages to the inboxes and connections of their senders.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>
/// Carries what is owed for a user's messages to the inboxes and connections of their senders: receipts after an acknowledgement and after a read mark, copies soon after they were stored,
/// and all of it from the sweeper, which finds what a killed node has left. Every step may be repeated; the senders' inboxes drop what they have. They know it by its number, so
/// everything that is owed to one sender goes in the order of the numbers, whatever it is.
/// </summary>
internal sealed class ReceiptCourier(IReceipts receipts, SentMessages sent, ConnectionTable table, HintPublisher publisher, NodeStatus status, Failpoints failpoints)
{
    private readonly UserTurns _turns = new();

    /// <summary>The reader has read what <paramref name="from"/> sent, up to a seq of the reader's inbox in the epoch that the reader's device counts in.</summary>
    public async Task MarkReadAsync(UserId reader, UserId from, string? epoch, long upto, CancellationToken cancellationToken)
    {
        if (await receipts.MarkReadAsync(reader, from, epoch, upto, cancellationToken))
        {
            await DeliverOwedAsync(reader, cancellationToken);
        }
    }

    /// <summary>
    /// Carries everything that is owed at this moment. Throws when the store does not answer; the sweeper goes on then. One sender whose part of the store fails holds up
    /// nobody else: the rest is carried and settled first.
    /// </summary>
    public Task DeliverOwedAsync(UserId user, CancellationToken cancellationToken) => DeliverOwedAsync(user, first: null, cancellationToken);

    /// <param name="first">The oldest of it, where somebody has just read that.</param>
    public async Task DeliverOwedAsync(UserId user, OwedPage? first, CancellationToken cancellationToken)
    {
        if (first is not null)
        {
            failpoints.Pass(Failpoint.KillAfterAcknowledge);
        }

        var hinted = new List<Task<bool>>();
        await _turns.TakeAsync(
            user,
            async () =>
            {
                var failed = new Dictionary<UserId, Task>();
                for (var page = first ?? await ReadAsync(0); page.Owed.Count > 0; page = await ReadAsync(page.Owed[^1].Number))
                {
                    await DeliverPageAsync(user, page, failed, hinted, cancellationToken);
                    if (page.AtEnd)
                    {
                        break;
                    }
                }

                await Task.WhenAll(failed.Values);
                return true;
            },
            cancellationToken);

        // Beside the turn: what others carry for this user does not wait for the broker.
        await Task.WhenAll(hinted);

        Task<OwedPage> ReadAsync(long after) => receipts.ReadOwedAsync(user, after, OwedPage.Size, cancellationToken);
    }

    /// <param name="failed">Senders who have failed in this turn: what is owed to them stays, in its order.</param>
    /// <param name="hinted">The hints for the senders' other nodes are added.</param>
    private async Task DeliverPageAsync(UserId user, OwedPage page, Dictionary<UserId, Task> failed, List<Task<bool>> hinted, CancellationToken cancellationToken)
    {
        var settled = new List<long>(page.Owed.Count);
        var senders = page.Owed.GroupBy(owed => owed.Sender).Where(sender => !failed.ContainsKey(sender.Key))
            .Select(sender => (Owed: sender, Delivering: DeliverAsync(sender.Key, user, page.Life, [.. sender], cancellationToken))).ToList();
        foreach (var (owed, delivering) in senders)
        {
            await ((Task)delivering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (delivering.IsCompletedSuccessfully)
            {
                hinted.Add(delivering.Result);
                settled.AddRange(owed.Select(receipt => receipt.Number));
            }
            else
            {
                failed.Add(owed.Key, delivering);
            }
        }

        if (page.Owed.Any(owed => owed.State != ReceiptState.Copy))
        {
            failpoints.Pass(Failpoint.KillAfterReceipt);
        }

        if (settled.Count > 0)
        {
            await receipts.SettleAsync(user, page.Life, settled, cancellationToken);
        }
    }

    /// <returns>The hints for the sender's other nodes.</returns>
    private async Task<Task<bool>> DeliverAsync(UserId sender, UserId peer, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        owed = await sent.EnterAsync(sender, peer, life, owed, cancellationToken);
        var appended = owed.Any(outcome => outcome.HasEntries) ? await receipts.AppendAsync(sender, peer, life, owed, cancellationToken) : null;
        if (appended is null or { Receipts.Count: 0 })
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
