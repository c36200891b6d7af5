// The registry in Redis: who is where.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// The registry in Redis. A call that was sent is not cancelled any more: it ends with Redis' answer or the client's time-out.
/// <para>
/// The user goes on the node's work list before the session is entered and leaves it after the last session of the user on this node is gone,
/// so the reaper never misses one. The two lie in different slots and are two calls: a user's turn keeps an open from slipping between them.
/// </para>
/// </summary>
internal sealed partial class RedisConnectionRegistry(IConnectionMultiplexer redis, TimeSpan leaseLength) : IConnectionRegistry
{
    /// <summary>How many calls of a long list are under way at once.</summary>
    private const int Pipelined = 256;

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly UserTurns _turns = new();

    public Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken) =>
        AskAsync(
            () => _turns.TakeAsync(
                session.User,
                async () =>
                {
                    var answer = await EnterAsync(session, RedisScripts.OpenSession);
                    var mine = SessionCodec.Field(session).ToString();
                    Session? superseded = null;
                    if (!answer[0].IsNull && SessionCodec.TryRead(session.User, mine, answer[0].ToString(), out var replaced) && replaced != session)
                    {
                        superseded = replaced;
                    }

                    return new OpenedSession(superseded, [.. SessionCodec.ReadAll(session.User, answer[1]).Where(other => other != session)]);
                },
                cancellationToken),
            cancellationToken);

    public Task<IReadOnlyList<Session>> AssertAsync(IReadOnlyCollection<Session> sessions, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<Session>>(
            async () =>
            {
                var lost = new List<Session>();
                foreach (var batch in sessions.Chunk(Pipelined))
                {
                    var entered = await Task.WhenAll(batch.Select(session => _turns.TakeAsync(
                        session.User, async () => (bool)await EnterAsync(session, RedisScripts.AssertSession), cancellationToken)));
                    lost.AddRange(batch.Where((_, index) => !entered[index]));
                }

                return lost;
            },
            cancellationToken);

    public Task<IReadOnlyList<Session>> CloseAsync(Session session, CancellationToken cancellationToken) =>
        AskAsync(
            () => _turns.TakeAsync(
                session.User,
                async () =>
                {
                    var left = SessionCodec.ReadAll(session.User, await RunOnSessionsAsync(session, RedisScripts.CloseSession));
                    if (left.All(other => other.Node != session.Node))
                    {
                        await _database.SetRemoveAsync(RedisKeys.Users(session.Node), RedisKeys.Encode(session.User.Value));
                    }

                    return left;
                },
                cancellationToken),
            cancellationToken);

    public Task<IReadOnlyList<Session>> LocateAsync(UserId user, CancellationToken cancellationToken) =>
        AskAsync(
            async () => SessionCodec.ReadAll(user, await _database.HashGetAllAsync(RedisKeys.Sessions(user))),
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new RegistryUnavailableException(text, inner), verb, cancellationToken);

    private async Task<RedisResult> EnterAsync(Session session, string script)
    {
        await _database.SetAddAsync(RedisKeys.Users(session.Node), RedisKeys.Encode(session.User.Value));
        return await RunOnSessionsAsync(session, script);
    }

    private Task<RedisResult> RunOnSessionsAsync(Session session, string script) =>
        _database.ScriptEvaluateAsync(script, [RedisKeys.Sessions(session.User)], [SessionCodec.Field(session), SessionCodec.Value(session)]);
}
