// What was sent in one place, in Redis: a hash, its numbers in meta.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// What was sent in one place, in Redis: a hash, its numbers in <c>meta</c>. A call that was sent is not cancelled any more: it ends with Redis' answer or the client's time-out.
/// </summary>
/// <param name="keysOf">The keys of a log as <see cref="RedisKeys.LogOf(RoomId)"/> has them.</param>
/// <param name="unavailable">What is thrown when Redis does not answer.</param>
internal abstract class RedisMessageLog<TName>(IConnectionMultiplexer redis, LogLimits limits, Func<TName, LogKeys> keysOf, Func<string, Exception, Exception> unavailable) : IMessageLog<TName>
{
    private const int ValuesPerEntry = 12;

    protected IDatabase Database { get; } = redis.GetDatabase();

    protected RedisValue[] Kept => [limits.Messages, limits.Bytes, (long)limits.Retention.TotalMilliseconds];

    public Task<LogAppended> ChangeAsync(TName name, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await Database.ScriptEvaluateAsync(
                    RedisScripts.LogChange,
                    keysOf(name).WithIds,
                    [
                        NewEpoch(), .. Kept, seen.Epoch ?? "", seen.Rseq, limits.EditsPerMessage,
                        change.Body is null ? "d" : "e", change.Of.Value, change.Id.Value, change.From.Value, RedisKeys.DeviceField(change.Device), change.Body ?? default,
                        change.ContentType ?? "", change.ClientId, EnvelopeHash.OfId(change.From, change.ClientId), BitConverter.GetBytes(change.Hash),
                    ]);
                return new LogAppended([ReadPlacement(change.Id, answer[2], (long)answer[1])], answer[0].ToString());
            },
            cancellationToken);

    public async Task<LogPage> ReadHistoryAsync(TName name, LogRange range, int limit, CancellationToken cancellationToken)
    {
        var (mode, from) = range.After is { } after ? ("after", after) : ("before", range.Before);
        while (true)
        {
            var page = await ReadAsync(name, mode, from, limit, reader: null, cancellationToken);
            if (page.Entries.Count > 0 || page.AtEnd)
            {
                return mode == "after" ? page : page with { Entries = [.. page.Entries.Reverse()] };
            }

            from = page.Through;
        }
    }

    protected static string NewEpoch() => Guid.NewGuid().ToString("N");

    protected Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, unavailable, verb, cancellationToken);

    protected Task<LogPage> ReadAsync(
        TName name, string mode, long? from, int limit, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = (RedisResult[])(await EvaluateToTheEndAsync(
                    RedisScripts.LogRead,
                    keysOf(name).Log,
                    [
                        .. Kept, mode, from is { } number ? number : RedisValue.EmptyString, limit, RoomLimits.PageBytes,
                        reader?.User.Value ?? "", reader is { } own ? RedisKeys.DeviceField(own.Device) : "",
                    ]))!;
                return new LogPage(
                    [.. answer.Skip(5).Chunk(ValuesPerEntry).Select(ReadEntry)], (long)answer[3], (bool)answer[4], (long)answer[1], new LogEnd((long)answer[2], (string?)answer[0]));
            },
            cancellationToken);

    /// <summary>A script that has much to take out of the log does it in pieces, so that others are served in between.</summary>
    protected async Task<RedisResult> EvaluateToTheEndAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments)
    {
        while (true)
        {
            var answer = await Database.ScriptEvaluateAsync(script, keys, arguments);
            if (!answer.IsNull)
            {
                return answer;
            }
        }
    }

    protected static LogPlacement ReadPlacement(MessageId id, RedisResult placed, long now) => placed.Resp2Type == ResultType.Integer
        ? new LogPlacement(LogOutcome.Stored, id, (long)placed, now)
        : new LogPlacement((LogOutcome)(int)placed[0], new MessageId(placed[1].ToString()), (long)placed[2], (long)placed[3]);

    private static LogEntry ReadEntry(RedisResult[] values)
    {
        var kind = values[1].ToString() switch
        {
            "e" => LogEntryKind.Edit,
            "d" => LogEntryKind.Delete,
            _ => LogEntryKind.Message,
        };
        return new LogEntry(
            (long)values[0], kind, new MessageId(values[2].ToString()), new UserId(values[3].ToString()), RedisKeys.ReadDeviceField(values[4].ToString()), values[6].ToString(),
            (byte[])values[7]!, (long)values[5])
        {
            ContentType = values[8].ToString() is { Length: > 0 } content ? content : null,
            Of = kind == LogEntryKind.Message ? null : new MessageId(values[9].ToString()),
            EditedAt = (long)values[10],
            DeletedAt = (long)values[11],
        };
    }
}
