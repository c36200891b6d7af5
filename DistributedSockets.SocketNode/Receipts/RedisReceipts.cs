// Receipts in Redis: a stream of what is owed, and what of it has arrived in the senders' inboxes.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>Receipts in Redis: a stream of what is owed in the slot of the user who owes, and the number up to which it has arrived in the slot of the sender.</summary>
internal sealed class RedisReceipts(IConnectionMultiplexer redis, InboxLimits limits, TimeProvider time) : IReceipts
{
    private readonly IDatabase _database = redis.GetDatabase();

    public Task<bool> MarkReadAsync(UserId reader, UserId from, string? epoch, long upto, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                RedisKey[] keys = [RedisKeys.Meta(reader), RedisKeys.Senders(reader), RedisKeys.Reads(reader), RedisKeys.Owed(reader), RedisKeys.Inbox(reader)];
                var answer = await RedisVisits.EnsureAsync(_database, reader, claim => _database.ScriptEvaluateAsync(
                    RedisScripts.MarkRead,
                    keys,
                    [from.Value, upto, InboxLimits.ReadMarkReach, (long)limits.VisitPeriod.TotalMilliseconds, claim.Registered, claim.Visits, epoch ?? ""]));
                return (bool)answer[1];
            },
            cancellationToken);

    public Task<OwedPage> ReadOwedAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var lives = _database.HashGetAsync(RedisKeys.Meta(user), ["life", "epoch"]);
                var entries = await _database.StreamRangeAsync(RedisKeys.Owed(user), "(" + StoredEnvelope.EntryId(after), "+", limit + 1);
                return OwedEntry.ReadPage((await lives).FirstOrDefault(life => !life.IsNull), entries, limit);
            },
            cancellationToken);

    public Task<ReceiptsAppended> AppendAsync(UserId sender, UserId peer, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                for (long known = 0; ;)
                {
                    var stretches = ReceiptStretch.Split(sender, peer, owed, known, time);
                    var answer = await AppendAsync(sender, peer, life, stretches);
                    if (answer[0].ToString() != "partial")
                    {
                        return Read(answer, sender, stretches);
                    }

                    // Somebody else has put a part of a stretch there: the rest makes up another one.
                    known = (long)answer[1];
                }
            },
            cancellationToken);

    public Task<IReadOnlyList<Envelope>> ReadCopiedAsync(UserId user, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<Envelope>>(
            async () =>
            {
                var stretches = await Task.WhenAll(SeqsOf(owed).Select(seqs =>
                    _database.StreamRangeAsync(RedisKeys.Inbox(user), StoredEnvelope.EntryId(seqs.First), StoredEnvelope.EntryId(seqs.Last))));
                return
                [
                    .. stretches.SelectMany(entries => entries).SelectMany(entry => StoredEnvelope.Read(user, entry)).Where(message => owed.Any(outcome => outcome.Includes(message))),
                ];
            },
            cancellationToken);

    public Task<IReadOnlyList<DeviceId>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<DeviceId>>(
            async () => [.. (await _database.HashKeysAsync(RedisKeys.Cursors(user))).Select(field => RedisKeys.ReadDeviceField(field.ToString())).Where(device => device != DeviceId.Plain)],
            cancellationToken);

    public Task SettleAsync(UserId user, string life, IReadOnlyList<long> numbers, CancellationToken cancellationToken) =>
        AskAsync(
            () => _database.ScriptEvaluateAsync(RedisScripts.Settle, [RedisKeys.Meta(user), RedisKeys.Owed(user)], [life, .. numbers.Select(number => (RedisValue)number)]),
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new InboxUnavailableException(text, inner), verb, cancellationToken);

    private Task<RedisResult> AppendAsync(UserId sender, UserId peer, string life, IReadOnlyList<ReceiptStretch> stretches)
    {
        RedisKey[] keys = [RedisKeys.Meta(sender), RedisKeys.Inbox(sender), RedisKeys.Sessions(sender), RedisKeys.Receipted(sender)];
        var written = new List<RedisValue>();
        foreach (var stretch in stretches)
        {
            written.AddRange(stretch.First, stretch.Last, stretch.Entries.Count);
            foreach (var entry in stretch.Entries)
            {
                StoredEnvelope.WriteFields(entry, written);
            }
        }

        return RedisVisits.EnsureAsync(_database, sender, claim => _database.ScriptEvaluateAsync(
            RedisScripts.AppendOwed,
            keys,
            [Guid.NewGuid().ToString("N"), (long)limits.VisitPeriod.TotalMilliseconds, claim.Registered, claim.Visits, peer.Value, life, .. written]));
    }

    /// <summary>Where the messages of copies lie: each outcome's in a row, and of several outcomes mostly, too.</summary>
    private static List<(long First, long Last)> SeqsOf(IReadOnlyList<OwedReceipt> owed)
    {
        var all = new List<(long First, long Last)>();
        foreach (var outcome in owed)
        {
            var first = outcome.FirstSeq;
            if (all.Count > 0 && all[^1].Last + 1 == first)
            {
                all[^1] = (all[^1].First, outcome.Seq);
            }
            else
            {
                all.Add((first, outcome.Seq));
            }
        }

        return all;
    }

    private static ReceiptsAppended Read(RedisResult answer, UserId sender, IReadOnlyList<ReceiptStretch> stretches)
    {
        const int Leading = 3;
        var (epoch, storedAt) = (answer[0].ToString(), (long)answer[2]);
        var appended = stretches.SelectMany(stretch => stretch.Entries)
            .Select((entry, index) => entry with { SentAt = storedAt, Seq = (long)answer[Leading + index], Epoch = epoch })
            .Where(entry => entry.IsHint);
        return new ReceiptsAppended([.. appended], SessionCodec.ReadAll(sender, answer[1]));
    }
}
