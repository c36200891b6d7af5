// Inboxes in Redis: a stream per user. What devices do: RedisInbox.Devices.cs.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Inboxes in Redis: a stream per user, its numbers in <c>meta</c>, its devices' marks in <c>cursors</c>. A call that was sent is not
/// cancelled any more: it ends with Redis' answer or the client's time-out.
/// </summary>
internal sealed partial class RedisInbox(IConnectionMultiplexer redis, InboxLimits limits, Failpoints failpoints, WantedHooks? wanted = null) : IInbox
{
    private readonly IDatabase _database = redis.GetDatabase();
    private readonly WantedHooks _hooks = wanted ?? WantedHooks.None;

    public Task<Appended> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var (keys, arguments) = WriteAppend(user, envelopes);
                var answer = await RedisHookNotes.EnsureAsync(_database, HookOwner.Of(user), isNoted => RedisVisits.EnsureAsync(_database, user, claim =>
                {
                    (arguments[5], arguments[6], arguments[8]) = (claim.Registered, claim.Visits, isNoted);
                    return _database.ScriptEvaluateAsync(RedisScripts.Append, keys, arguments);
                }));
                var placements = ReadPlacements(answer, envelopes);
                if (failpoints.Drops(Failpoint.DropEntry))
                {
                    await _database.StreamDeleteAsync(RedisKeys.Inbox(user), [StoredEnvelope.EntryId(placements[0].Seq)]);
                }

                return new Appended(placements, answer[0].ToString(), SessionCodec.ReadAll(user, answer[1]));
            },
            cancellationToken);

    public Task<bool> IsReusedAsync(Envelope envelope, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var hash = (byte[]?)await _database.ScriptEvaluateAsync(RedisScripts.RecallId, [.. IdsOf(envelope.To)], [EnvelopeHash.OfId(envelope)]);
                return hash is not null && !hash.AsSpan(0, sizeof(ulong)).SequenceEqual(BitConverter.GetBytes(EnvelopeHash.OfBody(envelope)));
            },
            cancellationToken);

    public Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                // Asked for first: should the store be wiped in between, what is new passes for old, whose acknowledgement is worth nothing, and never the other way round.
                var life = _database.HashGetAsync(RedisKeys.Meta(user), "epoch");

                // One more than asked for tells whether the page is the last, whatever holes there are.
                var start = "(" + StoredEnvelope.EntryId(Math.Max(after, 0));
                var entries = await _database.StreamRangeAsync(RedisKeys.Inbox(user), start, "+", limit + 1);
                string? epoch = await life;
                return new InboxPage([.. entries.Take(limit).Select(entry => StoredEnvelope.Read(user, entry) with { Epoch = epoch })], entries.Length <= limit);
            },
            cancellationToken);

    public Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<InboxEnd>>(
            async () =>
            {
                var ends = await Task.WhenAll(users.Select(user => _database.HashGetAsync(RedisKeys.Meta(user), ["seq", "epoch"])));
                return [.. ends.Select(end => new InboxEnd((long)end[0], (string?)end[1]))];
            },
            cancellationToken);

    public Task NoteMissedAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        AskAsync(
            () => _database.ScriptEvaluateAsync(RedisScripts.NoteMissed, [RedisKeys.Missed(node)], [.. users.Select(user => (RedisValue)RedisKeys.Encode(user.Value))]),
            cancellationToken);

    public Task<IReadOnlyList<UserId>> TakeMissedAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<UserId>>(
            async () => [.. (await _database.SetPopAsync(RedisKeys.Missed(self), limit)).Select(user => new UserId(RedisKeys.Decode(user.ToString())))],
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new InboxUnavailableException(text, inner), verb, cancellationToken);

    private static string NewEpoch() => Guid.NewGuid().ToString("N");

    private static IEnumerable<RedisKey> IdsOf(UserId user) => Enumerable.Range(0, RedisKeys.Days).Select(day => RedisKeys.Ids(user, day));

    private (RedisKey[] Keys, RedisValue[] Arguments) WriteAppend(UserId user, IReadOnlyList<Envelope> envelopes)
    {
        const int Leading = 9;
        var arguments = new RedisValue[Leading + (envelopes.Count * StoredEnvelope.ArgumentCount)];
        arguments[0] = limits.Messages;
        arguments[1] = limits.Bytes;
        arguments[2] = NewEpoch();
        arguments[3] = (long)limits.Retention.TotalMilliseconds;
        arguments[4] = (long)limits.VisitPeriod.TotalMilliseconds;
        arguments[7] = _hooks.Argument;
        for (var index = 0; index < envelopes.Count; index++)
        {
            StoredEnvelope.WriteArguments(envelopes[index], arguments.AsSpan(Leading + (index * StoredEnvelope.ArgumentCount)));
        }

        RedisKey[] keys =
        [
            RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Sessions(user), RedisKeys.Due(user), RedisKeys.Senders(user), RedisKeys.Owed(user),
            .. IdsOf(user),
        ];
        if (!_hooks.IsNone)
        {
            keys = [.. keys, RedisKeys.Presence(user), RedisKeys.Events(HookOwner.Of(user)), RedisKeys.Hook(HookOwner.Of(user))];
        }

        return (keys, arguments);
    }

    private static Placement[] ReadPlacements(RedisResult answer, IReadOnlyList<Envelope> envelopes)
    {
        const int Leading = 3;
        var storedAt = (long)answer[2];
        var placements = new Placement[envelopes.Count];
        for (var index = 0; index < placements.Length; index++)
        {
            var placed = answer[Leading + index];
            placements[index] = placed.Resp2Type == ResultType.Integer
                ? new Placement(PlacementKind.Stored, envelopes[index].Id, (long)placed, storedAt)
                : new Placement((PlacementKind)(int)placed[0], new MessageId(placed[1].ToString()), (long)placed[2], (long)placed[3]);
        }

        return placements;
    }
}
