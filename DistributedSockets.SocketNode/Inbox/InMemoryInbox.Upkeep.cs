// Inboxes that live in this process: lists of visits, the visit, the ledger.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InMemoryInbox
{
    private readonly Dictionary<UserId, long> _visits = [];
    private readonly Dictionary<UserId, Ledger> _entered = [];
    private readonly Dictionary<int, (NodeIncarnation Owner, long Until)> _turns = [];

    private long VisitPeriod => (long)limits.VisitPeriod.TotalMilliseconds;

    public Task<IReadOnlyList<DueVisit>?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_turns.TryGetValue(shard, out var present) && present.Owner != self && present.Until > Now)
            {
                return Task.FromResult<IReadOnlyList<DueVisit>?>(null);
            }

            _turns[shard] = (self, Now + (long)turn.TotalMilliseconds);
            return Task.FromResult<IReadOnlyList<DueVisit>?>(
                [.. _visits.Where(visit => visit.Value <= Now && RedisKeys.Shard(visit.Key) == shard)
                    .OrderBy(visit => visit.Value)
                    .Take(limit)
                    .Select(visit => new DueVisit(visit.Key, visit.Value))]);
        }
    }

    public Task<SweptInbox> SweepAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.Sweep(Now) : new SweptInbox(Ledger.Empty, NextVisit: null, Owes: false, Expired: 0));
        }
    }

    public Task RescheduleAsync(int shard, DueVisit visit, SweptInbox swept, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var isSame = _visits.TryGetValue(visit.User, out var present) && present == visit.Due;
            if (swept.NextVisit is not { } next)
            {
                if (isSame)
                {
                    _visits.Remove(visit.User);
                }
            }
            else if (isSame)
            {
                _visits[visit.User] = next;
            }
            else
            {
                Want(visit.User, next);
            }

            _entered[visit.User] = swept.Ledger;
            return Task.CompletedTask;
        }
    }

    public Task<InboxDepth> ReadDepthAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.Depth : new InboxDepth(0, 0, 0, 0, Epoch: null));
        }
    }

    public Task<long> ClearAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.Clear(Now) : 0);
        }
    }

    public Task<Ledger> ReadLedgerAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_entered.Values.Aggregate(Ledger.Empty, (sum, ledger) => new Ledger(
                sum.Accepted + ledger.Accepted,
                sum.Delivered + ledger.Delivered,
                sum.Expired + ledger.Expired,
                sum.Failed + ledger.Failed,
                sum.Pending + ledger.Pending)));
        }
    }

    private void Want(UserId user, long when)
    {
        var now = Now;

        // A visitor that is under way takes off the time that it has read, which is past: what is wanted from now on must differ from it.
        if (!_visits.TryGetValue(user, out var present) || present > when || present <= now)
        {
            _visits[user] = Math.Max(when, now + 1);
        }
    }
}
