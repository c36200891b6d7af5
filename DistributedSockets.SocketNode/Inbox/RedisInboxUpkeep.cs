// The upkeep of inboxes in Redis: lists of visits, the visit, the ledger.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// The upkeep of inboxes in Redis. A user is never off the list while <c>visit</c> in their <c>meta</c> says that a visit is certain: what a visitor takes off is the very
/// time that it has read, which was past, and whoever needs a visit enters a later one first and relies on it only while it lies ahead.
/// </summary>
internal sealed class RedisInboxUpkeep(IConnectionMultiplexer redis, InboxLimits limits) : IInboxUpkeep
{
    /// <summary>How much one visit does: nobody else is served meanwhile.</summary>
    private const int MostRemoved = 256;
    private const int MostCounted = 1000;
    private const int MostCountedBytes = 1024 * 1024;
    private const int MostCleared = 16;

    private readonly IDatabase _database = redis.GetDatabase();

    public Task<IReadOnlyList<DueVisit>?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<DueVisit>?>(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.TakeTurn,
                    [RedisKeys.VisitorTurn(shard), RedisKeys.Visits(shard)],
                    [RedisKeys.Member(self), (long)turn.TotalMilliseconds, limit]);
                return answer.IsNull
                    ? null
                    : [.. ((RedisValue[])answer!).Chunk(2).Select(pair => new DueVisit(new UserId(RedisKeys.Decode(pair[0].ToString())), (long)pair[1]))];
            },
            cancellationToken);

    public Task<SweptInbox> SweepAsync(UserId user, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.Sweep,
                    [
                        RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Due(user), RedisKeys.Owed(user), RedisKeys.Senders(user), RedisKeys.Reads(user),
                        RedisKeys.Receipted(user),
                    ],
                    [(long)limits.VisitPeriod.TotalMilliseconds, MostRemoved, MostCounted, MostCountedBytes, (long)limits.Retention.TotalMilliseconds]);
                var ledger = new Ledger((long)answer[0], (long)answer[1], (long)answer[2], (long)answer[3], (long)answer[4]);
                var next = (long)answer[5];
                return new SweptInbox(ledger, next == 0 ? null : next, (bool)answer[6], (long)answer[7]);
            },
            cancellationToken);

    public Task RescheduleAsync(int shard, DueVisit visit, SweptInbox swept, CancellationToken cancellationToken) =>
        AskAsync(
            () => _database.ScriptEvaluateAsync(
                RedisScripts.Reschedule,
                [RedisKeys.Visits(shard), RedisKeys.Ledger(shard)],
                [
                    RedisKeys.Encode(visit.User.Value), visit.Due, swept.NextVisit ?? 0,
                    swept.Ledger.Accepted, swept.Ledger.Delivered, swept.Ledger.Expired, swept.Ledger.Failed, swept.Ledger.Pending,
                ]),
            cancellationToken);

    public Task<InboxDepth> ReadDepthAsync(UserId user, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var meta = await _database.HashGetAsync(RedisKeys.Meta(user), ["seq", "delivered", "accepted", "deliveredCount", "expired", "failed", "bytes", "epoch"]);
                var pending = (long)meta[2] - (long)meta[3] - (long)meta[4] - (long)meta[5];
                return new InboxDepth((long)meta[0], (long)meta[1], pending, (long)meta[6], meta[7]);
            },
            cancellationToken);

    public Task<long> ClearAsync(UserId user, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var (removed, after, upto) = (0L, 0L, 0L);
                while (true)
                {
                    var answer = await _database.ScriptEvaluateAsync(
                        RedisScripts.ClearInbox,
                        [RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Due(user), RedisKeys.Owed(user), RedisKeys.Senders(user)],
                        [after, upto, MostCleared, InboxLimits.MessagesPerReceipt]);
                    removed += (long)answer[0];
                    (after, upto) = ((long)answer[1], (long)answer[2]);
                    if (after >= upto)
                    {
                        return removed;
                    }

                    cancellationToken.ThrowIfCancellationRequested();
                }
            },
            cancellationToken);

    public Task<Ledger> ReadLedgerAsync(CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var shards = await Task.WhenAll(Enumerable.Range(0, IInboxUpkeep.Shards).Select(shard =>
                    _database.HashGetAsync(RedisKeys.Ledger(shard), ["accepted", "delivered", "expired", "failed", "pending"])));
                long Total(int field) => shards.Sum(shard => (long)shard[field]);
                return new Ledger(Total(0), Total(1), Total(2), Total(3), Total(4));
            },
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new InboxUnavailableException(text, inner), verb, cancellationToken);
}
