// Events in Redis: a stream for each user and room that has some.
using System.Globalization;
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>Events in Redis: a stream for each user and room that has some, in the slot of whoever decides what they tell.</summary>
internal sealed class RedisHookQueue(IConnectionMultiplexer redis) : IHookQueue
{
    private readonly IDatabase _database = redis.GetDatabase();

    public Task<HookTurn?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken) => AskAsync<HookTurn?>(
        async () =>
        {
            var waiting = _database.SortedSetLengthAsync(RedisKeys.Hooks(shard));
            var due = await _database.ScriptEvaluateAsync(
                RedisScripts.TakeTurn, [RedisKeys.HookTurn(shard), RedisKeys.Hooks(shard)], [RedisKeys.Member(self), (long)turn.TotalMilliseconds, limit]);
            var count = await waiting;
            return due.IsNull ? null : new HookTurn([.. ((RedisValue[])due!).Chunk(2).Select(ReadDue)], count);
        },
        cancellationToken);

    public Task<HookPage> ReadAsync(HookOwner owner, int limit, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            var page = await _database.ScriptEvaluateAsync(RedisScripts.ReadEvents, Keys(owner), [limit]);
            return new HookPage(
                [.. ((RedisResult[])page[3]!).Select(entry => HookCodec.Read(owner, entry))], Now: (long)page[0], PausedUntil: (long)page[1], Lost: (long)page[2]);
        },
        cancellationToken);

    public Task RemoveAsync(HookOwner owner, IReadOnlyList<HookEvent> events, CancellationToken cancellationToken) => AskAsync(
        () => _database.ScriptEvaluateAsync(RedisScripts.RemoveEvents, Keys(owner), [.. events.Select(told => (RedisValue)told.Number)]),
        cancellationToken);

    public Task<long> PauseAsync(HookOwner owner, TimeSpan length, CancellationToken cancellationToken) => AskAsync(
        async () => (long)await _database.ScriptEvaluateAsync(RedisScripts.PauseEvents, [RedisKeys.Hook(owner)], [(long)length.TotalMilliseconds]),
        cancellationToken);

    public Task SettleAsync(DueHook due, double? next, CancellationToken cancellationToken) => AskAsync(
        () => _database.ScriptEvaluateAsync(
            RedisScripts.SettleDue,
            [RedisKeys.Hooks(RedisKeys.Shard(due.Owner))],
            [RedisKeys.Member(due.Owner), Write(due.Due), next is { } later ? Write(later) : "0"]),
        cancellationToken);

    private static RedisKey[] Keys(HookOwner owner) => [RedisKeys.Events(owner), RedisKeys.Hook(owner)];

    private static DueHook ReadDue(RedisValue[] pair) => new(RedisKeys.ReadOwner(pair[0].ToString()), double.Parse(pair[1].ToString(), CultureInfo.InvariantCulture));

    private static string Write(double time) => time.ToString("0.0", CultureInfo.InvariantCulture);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new HooksUnavailableException(text, inner), verb, cancellationToken);
}
