// Inboxes in Redis: a stream per user.
using System.Globalization;
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Inboxes in Redis: a stream per user, its numbers in <c>meta</c>, its devices' marks in <c>cursors</c>. A call that was sent is not
/// cancelled any more: it ends with Redis' answer or the client's time-out.
/// </summary>
internal sealed class RedisInbox(IConnectionMultiplexer redis, InboxLimits limits) : IInbox
{
    private readonly IDatabase _database = redis.GetDatabase();

    public Task<AppendResult> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken) =>
        AskAsync<AppendResult>(
            async () =>
            {
                const int Leading = 3;
                var arguments = new RedisValue[Leading + (envelopes.Count * StoredEnvelope.ArgumentCount)];
                arguments[0] = limits.Messages;
                arguments[1] = limits.Bytes;
                arguments[2] = Guid.NewGuid().ToString("N");
                for (var index = 0; index < envelopes.Count; index++)
                {
                    StoredEnvelope.WriteArguments(envelopes[index], arguments.AsSpan(Leading + (index * StoredEnvelope.ArgumentCount)));
                }

                RedisKey[] keys = [RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Sessions(user)];
                var answer = await _database.ScriptEvaluateAsync(RedisScripts.Append, keys, arguments);
                var firstSeq = (long)answer[0];
                return firstSeq == 0 ? new AppendResult.Full() : new AppendResult.Stored(firstSeq, SessionCodec.ReadAll(user, answer[1]));
            },
            cancellationToken);

    public Task<long> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var cursor = _database.HashGetAsync(RedisKeys.Cursors(user), RedisKeys.Encode(device.Value));
                var meta = await _database.HashGetAsync(RedisKeys.Meta(user), ["seq", "delivered"]);
                var stored = await cursor;

                // A cursor beyond the end is from before somebody took messages away by hand: there is nothing between it and the end.
                return stored.IsNull ? (long)meta[1] : Math.Min(ReadCursor(stored.ToString()), (long)meta[0]);
            },
            cancellationToken);

    public Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                // One more than asked for tells whether the page is the last, whatever holes there are.
                var start = string.Create(CultureInfo.InvariantCulture, $"(0-{Math.Max(after, 0)}");
                var entries = await _database.StreamRangeAsync(RedisKeys.Inbox(user), start, "+", limit + 1);
                return new InboxPage([.. entries.Take(limit).Select(entry => StoredEnvelope.Read(user, entry))], entries.Length <= limit);
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

    public Task AcknowledgeAsync(UserId user, DeviceId device, long seq, CancellationToken cancellationToken) =>
        AskAsync(
            () => _database.ScriptEvaluateAsync(
                RedisScripts.Acknowledge,
                [RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Cursors(user)],
                [RedisKeys.Encode(device.Value), seq, InboxLimits.Cursors, InboxLimits.KeptBelowDelivered]),
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new InboxUnavailableException(text, inner), verb, cancellationToken);

    /// <summary>Reads <c>42 1764000012345678</c>, as acknowledge.lua wrote it.</summary>
    private static long ReadCursor(string cursor) =>
        long.Parse(cursor.AsSpan(0, cursor.IndexOf(' ')), NumberStyles.None, CultureInfo.InvariantCulture);
}
