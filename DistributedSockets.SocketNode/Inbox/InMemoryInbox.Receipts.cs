// Inboxes that live in this process: what is owed to senders.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InMemoryInbox
{
    public Task<bool> MarkReadAsync(UserId reader, UserId from, string? epoch, long upto, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_users.TryGetValue(reader, out var messages))
            {
                return Task.FromResult(false);
            }

            var owes = messages.MarkRead(from, epoch, upto, Now);
            if (owes)
            {
                Want(reader, Now + VisitPeriod);
            }

            return Task.FromResult(owes);
        }
    }

    public Task<OwedPage> ReadOwedAsync(UserId user, long after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.ReadOwed(after, limit) : new OwedPage("", [], AtEnd: true));
        }
    }

    public Task<ReceiptsAppended> AppendAsync(UserId sender, UserId peer, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var (now, messages) = (Now, Of(sender));
            var stretches = ReceiptStretch.Split(peer, owed, messages.Receipted(peer, life), time);
            Envelope[] receipts = [.. stretches.Select(stretch => messages.AppendReceipt(stretch.ToEnvelope(sender, peer, 0, now, messages.Epoch)))];
            if (stretches.Count > 0)
            {
                messages.SetReceipted(peer, life, stretches[^1].Last);
            }

            Want(sender, now + VisitPeriod);
            return Task.FromResult(new ReceiptsAppended(receipts, registry.Locate(sender)));
        }
    }

    public Task SettleAsync(UserId user, string life, IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_users.TryGetValue(user, out var messages) && messages.Life == life)
            {
                messages.Settle(numbers);
            }

            return Task.CompletedTask;
        }
    }
}
