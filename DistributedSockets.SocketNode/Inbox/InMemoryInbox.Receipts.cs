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
            var stretches = ReceiptStretch.Split(sender, peer, owed, messages.Receipted(peer, life), time);
            Envelope[] appended = [.. stretches.SelectMany(stretch => stretch.Entries).Select(entry => messages.AppendOwed(entry with { SentAt = now, Epoch = messages.Epoch }))];
            if (stretches.Count > 0)
            {
                messages.SetReceipted(peer, life, stretches[^1].Last);
            }

            Want(sender, now + VisitPeriod);
            return Task.FromResult(new ReceiptsAppended(appended, registry.Locate(sender)));
        }
    }

    public Task<IReadOnlyList<Envelope>> ReadCopiedAsync(UserId user, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var all = _users.TryGetValue(user, out var messages) ? messages.Read(after: 0, int.MaxValue).Envelopes : [];
            return Task.FromResult<IReadOnlyList<Envelope>>([.. all.Where(message => owed.Any(outcome => outcome.Includes(message)))]);
        }
    }

    public Task<IReadOnlyList<DeviceId>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.Devices : []);
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
