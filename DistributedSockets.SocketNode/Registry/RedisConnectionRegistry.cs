// The registry in Redis: who is where.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// The registry in Redis. A call that was sent is not cancelled any more: it ends with Redis' answer or the client's time-out.
/// <para>
/// The user goes on the node's work list before the session is entered and leaves it after the last session of the user on this node is gone,
/// so the reaper never misses one. The two lie in different slots and are two calls: a user's turn keeps an open from slipping between them.
/// </para>
/// <para>
/// Whether the incarnation is fenced lies in a third slot. It is asked after the session is entered: who is not fenced then was on the work list before the reaper
/// began, and who is takes the session out again. What is left is a process that slept in the middle of a call, was reaped meanwhile, and ends before it is told.
/// </para>
/// </summary>
internal sealed partial class RedisConnectionRegistry(IConnectionMultiplexer redis, TimeSpan leaseLength, WantedHooks? wanted = null) : IConnectionRegistry
{
    /// <summary>How many calls of a long list are under way at once.</summary>
    private const int Pipelined = 256;

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly UserTurns _turns = new();
    private readonly WantedHooks _hooks = wanted ?? WantedHooks.None;

    public Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken) =>
        AskAsync(
            () => _turns.TakeAsync(
                session.User,
                async () =>
                {
                    // Asked before too, on the way: one that slept through its end must not replace what the device has opened elsewhere since.
                    var isOver = IsFencedAsync(session.Node);
                    await ListAsync(session);
                    if (await isOver)
                    {
                        return NotEntered(null, await RemoveAsync(session, PresenceRules.Grace));
                    }

                    var answer = await RunOnSessionsAsync(session, RedisScripts.OpenSession);
                    var presence = PresenceCodec.ReadChange(session.User, answer[2]);
                    var mine = SessionCodec.Field(session).ToString();
                    Session? superseded = null;
                    if (!answer[0].IsNull && SessionCodec.TryRead(session.User, mine, answer[0].ToString(), out var replaced) && replaced != session)
                    {
                        superseded = replaced;
                    }

                    if (await IsFencedAsync(session.Node))
                    {
                        return NotEntered(superseded, await RemoveAsync(session, PresenceRules.Grace)) with { Presence = presence };
                    }

                    return new OpenedSession(superseded, [.. SessionCodec.ReadAll(session.User, answer[1]).Where(other => other != session)]) { Presence = presence };
                },
                cancellationToken),
            cancellationToken);

    public Task<AssertedSessions> AssertAsync(IReadOnlyCollection<Session> sessions, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var lost = new List<Session>();
                var presence = new List<PresenceChange>();
                foreach (var batch in sessions.Chunk(Pipelined))
                {
                    var known = await WhichAreFencedAsync(batch);
                    var entered = await Task.WhenAll(batch.Select(session => _turns.TakeAsync(
                        session.User, async () => known.Contains(session.Node) ? default : await EnterAgainAsync(session), cancellationToken)));
                    var fenced = await WhichAreFencedAsync(batch);
                    foreach (var session in batch.Where(session => fenced.Contains(session.Node)))
                    {
                        await _turns.TakeAsync(session.User, () => RemoveAsync(session, PresenceRules.Grace), cancellationToken);
                    }

                    lost.AddRange(batch.Where((session, index) => !entered[index].IsEntered || fenced.Contains(session.Node)));
                    presence.AddRange(entered.Select(one => one.Presence).OfType<PresenceChange>());
                }

                return new AssertedSessions(lost, presence);
            },
            cancellationToken);

    public Task<ClosedSession> CloseAsync(Session session, TimeSpan grace, CancellationToken cancellationToken) =>
        AskAsync(() => _turns.TakeAsync(session.User, () => RemoveAsync(session, grace), cancellationToken), cancellationToken);

    public Task<IReadOnlyList<Session>> LocateAsync(UserId user, CancellationToken cancellationToken) =>
        AskAsync(
            async () => SessionCodec.ReadAll(user, await _database.HashGetAllAsync(RedisKeys.Sessions(user))),
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new RegistryUnavailableException(text, inner), verb, cancellationToken);

    private static OpenedSession NotEntered(Session? superseded, ClosedSession closed) => new(superseded, closed.Left, IsEntered: false);

    private async Task<(bool IsEntered, PresenceChange? Presence)> EnterAgainAsync(Session session)
    {
        await ListAsync(session);
        var answer = await RunOnSessionsAsync(session, RedisScripts.AssertSession);
        return ((bool)answer[0], PresenceCodec.ReadChange(session.User, answer[1]));
    }

    /// <summary>Enters the user where others look for what a node leaves that dies in the middle.</summary>
    private Task ListAsync(Session session) =>
        Task.WhenAll(_database.SetAddAsync(RedisKeys.Users(session.Node), RedisKeys.Encode(session.User.Value)), NoteHookAsync(session.User));

    /// <summary>Before anything that may make the user come or go.</summary>
    private Task NoteHookAsync(UserId user) => _hooks.IsNone ? Task.CompletedTask : RedisHookNotes.NoteAsync(_database, HookOwner.Of(user));

    private async Task<ClosedSession> RemoveAsync(Session session, TimeSpan grace)
    {
        // Before the session is taken out, and always: whoever dies after that leaves somebody else to tell that the user is offline.
        var noted = _database.ScriptEvaluateAsync(
            RedisScripts.NoteDue,
            [RedisKeys.Graces(RedisKeys.Shard(session.User))],
            [RedisKeys.Encode(session.User.Value), (long)PresenceRules.Grace.TotalMilliseconds]);
        if (grace == TimeSpan.Zero)
        {
            await NoteHookAsync(session.User);
        }

        var answer = await RunOnSessionsAsync(session, RedisScripts.CloseSession, (long)grace.TotalMilliseconds);
        await noted;
        var left = SessionCodec.ReadAll(session.User, answer[0]);
        if (left.All(other => other.Node != session.Node))
        {
            await _database.SetRemoveAsync(RedisKeys.Users(session.Node), RedisKeys.Encode(session.User.Value));
        }

        return new ClosedSession(left, PresenceCodec.ReadChange(session.User, answer[1]));
    }

    private async Task<HashSet<NodeIncarnation>> WhichAreFencedAsync(IEnumerable<Session> sessions)
    {
        var fenced = new HashSet<NodeIncarnation>();
        foreach (var node in sessions.Select(session => session.Node).Distinct())
        {
            if (await IsFencedAsync(node))
            {
                fenced.Add(node);
            }
        }

        return fenced;
    }

    /// <summary>As the lease's script judges it: a higher number was given out.</summary>
    private async Task<bool> IsFencedAsync(NodeIncarnation node) =>
        (long?)await _database.HashGetAsync(RedisKeys.Incarnations, RedisKeys.Encode(node.Node.Value)) > node.Number;

    private Task<RedisResult> RunOnSessionsAsync(Session session, RedisScript script, params RedisValue[] more) =>
        _database.ScriptEvaluateAsync(script, PresenceCodec.Keys(session.User, _hooks), [SessionCodec.Field(session), SessionCodec.Value(session), .. more, _hooks.Argument]);
}
