// Revocations in Redis: who and which, and a log that the nodes read.
using System.Globalization;
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Revocations in Redis: who and which, and a log that the nodes read, all in one slot.</summary>
internal sealed class RedisRevocations(IConnectionMultiplexer redis) : IRevocations
{
    private const string User = "u";
    private const string Token = "t";
    private const int BatchSize = 1000;

    private readonly IDatabase _database = redis.GetDatabase();

    public Task RevokeAsync(Revocation revocation, CancellationToken cancellationToken)
    {
        var (kind, name, time) = revocation switch
        {
            Revocation.OfUser user => (User, user.User.Value, user.Before),
            Revocation.OfToken token => (Token, token.TokenId, token.Expires),
            _ => throw new ArgumentOutOfRangeException(nameof(revocation), revocation, "A revocation that the store does not know."),
        };
        return AskAsync(
            () => _database.ScriptEvaluateAsync(
                RedisScripts.Revoke,
                [RedisKeys.RevokedUsers, RedisKeys.RevokedTokens, RedisKeys.RevocationLog],
                [kind, name, time, (long)IRevocations.Margin.TotalMilliseconds, IRevocations.LogLength]),
            cancellationToken);
    }

    public Task<IReadOnlyList<bool>> AreRevokedAsync(IReadOnlyList<Identity> identities, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<bool>>(
            async () =>
            {
                var revoked = new List<bool>(identities.Count);
                foreach (var batch in identities.Chunk(BatchSize))
                {
                    var asked = _database.HashGetAsync(RedisKeys.RevokedUsers, [.. batch.Select(identity => (RedisValue)identity.User.Value)]);
                    var tokens = await _database.SortedSetScoresAsync(RedisKeys.RevokedTokens, [.. batch.Select(identity => (RedisValue)(identity.Grants.TokenId ?? ""))]);
                    var before = await asked;
                    revoked.AddRange(batch.Select((identity, index) => tokens[index] is not null || identity.Grants.IssuedAt < ((long?)before[index] ?? 0)));
                }

                return revoked;
            },
            cancellationToken);

    public Task<RevocationPage> ReadAsync(long after, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var last = await _database.StreamRangeAsync(RedisKeys.RevocationLog, "-", "+", 1, Order.Descending);
                var end = last.Length == 0 ? 0 : NumberOf(last[0]);
                if (end == after)
                {
                    return new RevocationPage(end, [], IsComplete: true);
                }

                // Never read before, or the log has begun anew.
                if (after < 0 || end < after)
                {
                    return new RevocationPage(end, [], IsComplete: false);
                }

                var entries = await _database.StreamRangeAsync(RedisKeys.RevocationLog, StoredEnvelope.EntryId(after + 1), "+");
                return entries.Length > 0 && NumberOf(entries[0]) == after + 1
                    ? new RevocationPage(NumberOf(entries[^1]), [.. entries.Select(Read)], IsComplete: true)
                    : new RevocationPage(end, [], IsComplete: false);
            },
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new AuthStoreUnavailableException(text, inner), verb, cancellationToken);

    /// <summary>Of <c>0-7</c> the 7: numbers follow one another without a hole.</summary>
    private static long NumberOf(StreamEntry entry) => long.Parse(entry.Id.ToString().AsSpan(2), CultureInfo.InvariantCulture);

    private static Revocation Read(StreamEntry entry) =>
        entry["k"] == User ? new Revocation.OfUser(new UserId(entry["n"].ToString()), (long)entry["t"]) : new Revocation.OfToken(entry["n"].ToString(), (long)entry["t"]);
}
