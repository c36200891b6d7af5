// What others see of users, in Redis.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>What others see of users, in Redis, beside their sessions. Calls of several users are under way at once.</summary>
internal sealed class RedisPresence(IConnectionMultiplexer redis, WantedHooks? wanted = null) : IPresence
{
    private const string SeenPrefix = "seen:";

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly WantedHooks _hooks = wanted ?? WantedHooks.None;

    public Task<PresenceState> ReadAsync(UserId user, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            var fields = await _database.HashGetAsync(RedisKeys.Presence(user), ["v", "on", "since", "status"]);
            return PresenceCodec.ReadState(user, fields[0], fields[1], fields[2], fields[3]);
        },
        cancellationToken);

    public Task<IReadOnlyDictionary<DeviceId, long>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken) => AskAsync<IReadOnlyDictionary<DeviceId, long>>(
        async () => (await _database.HashGetAllAsync(RedisKeys.Presence(user)))
            .Where(field => field.Name.StartsWith(SeenPrefix))
            .ToDictionary(field => RedisKeys.ReadDeviceField(field.Name.ToString()[SeenPrefix.Length..]), field => (long)field.Value),
        cancellationToken);

    public Task<PresenceState> WatchAsync(NodeIncarnation node, UserId user, long known, CancellationToken cancellationToken) => AskAsync(
        async () => PresenceCodec.ReadState(user, await _database.ScriptEvaluateAsync(RedisScripts.Watch, PresenceCodec.Keys(user), [RedisKeys.Member(node), known])),
        cancellationToken);

    public Task UnwatchAsync(NodeIncarnation node, UserId user, CancellationToken cancellationToken) =>
        AskAsync(() => _database.SetRemoveAsync(RedisKeys.Watchers(user), RedisKeys.Member(node)), cancellationToken);

    public Task<PresenceChange> SetStatusAsync(UserId user, ReadOnlyMemory<byte> status, CancellationToken cancellationToken) => AskAsync(
        async () => PresenceCodec.ReadChange(user, await _database.ScriptEvaluateAsync(RedisScripts.SetStatus, PresenceCodec.Keys(user), [status]))!,
        cancellationToken);

    public Task<IReadOnlyList<DueGrace>> ReadDueAsync(int shard, int limit, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<DueGrace>>(
        async () =>
        {
            var due = await _database.ScriptEvaluateAsync(RedisScripts.ReadGraces, [RedisKeys.Graces(shard)], [limit]);
            return [.. ((RedisValue[])due!).Chunk(2).Select(pair => new DueGrace(new UserId(RedisKeys.Decode(pair[0].ToString())), (long)pair[1]))];
        },
        cancellationToken);

    public Task<EndedGrace> EndGraceAsync(UserId user, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            if (!_hooks.IsNone)
            {
                await RedisHookNotes.NoteAsync(_database, HookOwner.Of(user));
            }

            var answer = await _database.ScriptEvaluateAsync(RedisScripts.EndGrace, PresenceCodec.Keys(user, _hooks), [_hooks.Argument]);
            var next = (long)answer[1];
            return new EndedGrace(PresenceCodec.ReadChange(user, answer[0]), next == 0 ? null : next);
        },
        cancellationToken);

    public Task SettleGraceAsync(DueGrace due, long? next, CancellationToken cancellationToken) => AskAsync(
        () => _database.ScriptEvaluateAsync(
            RedisScripts.SettleDue, [RedisKeys.Graces(RedisKeys.Shard(due.User))], [RedisKeys.Encode(due.User.Value), due.Due, next ?? 0]),
        cancellationToken);

    public Task NoteUnseenAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken) => AskAsync(
        () => _database.ScriptEvaluateAsync(RedisScripts.NoteMissed, [RedisKeys.Unseen(node)], [.. users.Select(user => (RedisValue)RedisKeys.Encode(user.Value))]),
        cancellationToken);

    public Task<IReadOnlyList<UserId>> TakeUnseenAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<UserId>>(
        async () => [.. (await _database.SetPopAsync(RedisKeys.Unseen(self), limit)).Select(user => new UserId(RedisKeys.Decode(user.ToString())))],
        cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new RegistryUnavailableException(text, inner), verb, cancellationToken);
}
