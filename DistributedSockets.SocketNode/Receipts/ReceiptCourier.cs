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
    /// <summary>What is older than the newest by so much has been left behind by somebody.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

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
    public Task DeliverOwedAsync(UserId user, CancellationToken cancellationToken) => DeliverAsync(user, Errand.Everything, first: null, _ => null, cancellationToken);

    /// <summary>After an acknowledgement: its receipts. Copies of a moment ago are about to be carried by the node that has stored them, many at once.</summary>
    /// <param name="first">The oldest of what is owed, as the acknowledgement has told it.</param>
    public Task DeliverReceiptsAsync(UserId user, OwedPage first, CancellationToken cancellationToken)
    {
        failpoints.Pass(Failpoint.KillAfterAcknowledge);
        return DeliverAsync(user, Errand.Receipts, first, _ => null, cancellationToken);
    }

    /// <summary>After messages were stored: what they are in the conversation, and to the senders' other devices. Receipts of a moment ago are about to be carried by whoever has acknowledged.</summary>
    /// <param name="stored">Messages that need not be read back, by their seq.</param>
    /// <returns>Whether something went into a sender's inbox: another device is there to show it.</returns>
    public Task<bool> DeliverCopiesAsync(UserId user, Func<long, Envelope?> stored, CancellationToken cancellationToken) =>
        DeliverAsync(user, Errand.Copies, first: null, stored, cancellationToken);

    private async Task<bool> DeliverAsync(UserId user, Errand errand, OwedPage? first, Func<long, Envelope?> stored, CancellationToken cancellationToken)
    {
        var turn = new Turn(errand, stored);
        var hinted = new List<Task<bool>>();
        await _turns.TakeAsync(
            user,
            async () =>
            {
                var failed = new Dictionary<UserId, Task>();
                for (var page = first ?? await ReadAsync(0); page.Owed.Count > 0; page = await ReadAsync(page.Owed[^1].Number))
                {
                    await DeliverPageAsync(user, turn, page, failed, hinted, cancellationToken);
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
        return turn.HasEntries;

        Task<OwedPage> ReadAsync(long after) => receipts.ReadOwedAsync(user, after, OwedPage.Size, cancellationToken);
    }

    /// <param name="failed">Senders who have failed in this turn: what is owed to them stays, in its order.</param>
    /// <param name="hinted">The hints for the senders' other nodes are added.</param>
    private async Task DeliverPageAsync(UserId user, Turn turn, OwedPage page, Dictionary<UserId, Task> failed, List<Task<bool>> hinted, CancellationToken cancellationToken)
    {
        var (settled, hasReceipts) = (new List<long>(page.Owed.Count), false);
        var senders = page.Owed.GroupBy(owed => owed.Sender).Where(sender => !failed.ContainsKey(sender.Key))
            .Select(sender => (sender.Key, Delivering: DeliverAsync(sender.Key, user, turn, page.Life, [.. sender], cancellationToken))).ToList();
        foreach (var (sender, delivering) in senders)
        {
            await ((Task)delivering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (delivering.IsCompletedSuccessfully)
            {
                hinted.Add(delivering.Result.Hinted);
                settled.AddRange(delivering.Result.Owed.Select(outcome => outcome.Number));
                hasReceipts |= delivering.Result.Owed.Any(outcome => outcome.State != ReceiptState.Copy);
            }
            else
            {
                failed.Add(sender, delivering);
            }
        }

        if (hasReceipts)
        {
            failpoints.Pass(Failpoint.KillAfterReceipt);
        }

        if (settled.Count > 0)
        {
            await receipts.SettleAsync(user, page.Life, settled, cancellationToken);
        }
    }

    /// <returns>What of it was carried, and the hints for the sender's other nodes.</returns>
    private async Task<(IReadOnlyList<OwedReceipt> Owed, Task<bool> Hinted)> DeliverAsync(
        UserId sender, UserId peer, Turn turn, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        owed = await ChooseAsync(sender, peer, turn.Errand, owed, cancellationToken);
        owed = await sent.EnterAsync(sender, peer, life, owed, turn.Stored, cancellationToken);
        var appended = owed.Any(outcome => outcome.HasEntries) ? await receipts.AppendAsync(sender, peer, life, owed, cancellationToken) : null;
        if (appended is null or { Receipts.Count: 0 })
        {
            return (owed, MessageRouter.Routed);
        }

        turn.HasEntries = true;

        await status.WhenFreshAsync(cancellationToken);
        foreach (var connection in table.Find(sender)?.Connections ?? [])
        {
            foreach (var receipt in appended.Receipts)
            {
                connection.TryDeliver(receipt);
            }
        }

        return (owed, publisher.PublishAsync(sender, appended.Receipts, appended.Sessions));
    }

    /// <summary>
    /// What of it this turn carries. To carry the rest too would be to do what another node does at this moment. But where copies go to other devices of the sender they lie between the
    /// receipts in one inbox, in the order of the numbers.
    /// </summary>
    private async Task<IReadOnlyList<OwedReceipt>> ChooseAsync(UserId sender, UserId peer, Errand errand, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        var recently = owed.Max(outcome => outcome.At) - (long)Moment.TotalMilliseconds;
        List<OwedReceipt> chosen = [.. owed.Where(outcome => errand == Errand.Everything || outcome.At < recently || (outcome.State == ReceiptState.Copy) == (errand == Errand.Copies))];
        return chosen.Count == owed.Count || await sent.AreSeenElsewhereAsync(sender, peer, owed, cancellationToken) ? owed : chosen;
    }

    /// <param name="Stored">Messages that need not be read back.</param>
    private sealed record Turn(Errand Errand, Func<long, Envelope?> Stored)
    {
        /// <summary>Whether something went into the inbox of a sender.</summary>
        public bool HasEntries { get; set; }
    }

    /// <summary>What a turn is for.</summary>
    private enum Errand
    {
        Everything,
        Receipts,
        Copies,
    }
}
