// Logs of rooms in Redis: a hash per room.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// Logs of rooms in Redis: a hash per room, its numbers in <c>meta</c>. A call that was sent is not cancelled any more: it ends with Redis' answer or the client's time-out.
/// </summary>
internal sealed class RedisRoomLog(IConnectionMultiplexer redis, RoomLimits limits) : IRoomLog
{
    private const int ValuesPerEntry = 12;

    private readonly IDatabase _database = redis.GetDatabase();

    private RedisValue[] Kept => [limits.Messages, limits.Bytes, (long)limits.Retention.TotalMilliseconds];

    public Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, RoomLimits.Batch);
        return AskAsync(
            async () =>
            {
                RedisValue[] arguments = [NewEpoch(), .. Kept, seen.Epoch ?? "", seen.Rseq, .. messages.SelectMany(Write)];
                var answer = await _database.ScriptEvaluateAsync(RedisScripts.LogAppend, KeysWithIds(room), arguments);
                return new LogAppended([.. messages.Select((message, index) => ReadPlacement(message.Id, answer[2 + index], (long)answer[1]))], answer[0].ToString());
            },
            cancellationToken);
    }

    public Task<LogAppended> ChangeAsync(RoomId room, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.LogChange,
                    KeysWithIds(room),
                    [
                        NewEpoch(), .. Kept, seen.Epoch ?? "", seen.Rseq, limits.EditsPerMessage,
                        change.Body is null ? "d" : "e", change.Of.Value, change.Id.Value, change.From.Value, RedisKeys.DeviceField(change.Device), change.Body ?? default,
                        change.ContentType ?? "", change.ClientId, EnvelopeHash.OfId(change.From, change.ClientId), BitConverter.GetBytes(change.Hash),
                    ]);
                return new LogAppended([ReadPlacement(change.Id, answer[2], (long)answer[1])], answer[0].ToString());
            },
            cancellationToken);

    public Task<LogStart> BeginAsync(RoomId room, UserId? user, LogEnd place, LogEnd? since, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await EvaluateToTheEndAsync(
                    RedisScripts.LogBegin,
                    Keys(room),
                    [NewEpoch(), .. Kept, user?.Value ?? "", place.Epoch ?? "", place.Rseq, since?.Epoch ?? "", since?.Rseq ?? 0]);
                var (reason, gap) = ((int)answer[3], (From: (long)answer[4], To: (long)answer[5]));
                return new LogStart(
                    (long)answer[0],
                    new LogEnd((long)answer[1], answer[2].ToString()),
                    reason < 0 ? null : (LogStartReason)reason,
                    gap.To == 0 ? null : gap,
                    (long)answer[6],
                    (bool)answer[7]);
            },
            cancellationToken);

    public Task<LogPage> ReadAsync(RoomId room, long after, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken) =>
        ReadAsync(room, "replay", after, RoomLimits.Page, reader, cancellationToken);

    public async Task<LogPage> ReadHistoryAsync(RoomId room, LogRange range, int limit, CancellationToken cancellationToken)
    {
        var (mode, from) = range.After is { } after ? ("after", after) : ("before", range.Before);
        while (true)
        {
            var page = await ReadAsync(room, mode, from, limit, reader: null, cancellationToken);
            if (page.Entries.Count > 0 || page.AtEnd)
            {
                return mode == "after" ? page : page with { Entries = [.. page.Entries.Reverse()] };
            }

            from = page.Through;
        }
    }

    public Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<LogEnd>>(
            async () =>
            {
                var ends = await Task.WhenAll(rooms.Select(room => _database.HashGetAsync(RedisKeys.Meta(room), ["rseq", "epoch"])));
                return [.. ends.Select(end => new LogEnd((long)end[0], (string?)end[1]))];
            },
            cancellationToken);

    /// <summary>The keys that every script in the slot of a room begins with.</summary>
    internal static RedisKey[] Keys(RoomId room) => [RedisKeys.Meta(room), RedisKeys.Log(room), RedisKeys.MessageIds(room), RedisKeys.Members(room)];

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new RoomsUnavailableException(text, inner), verb, cancellationToken);

    private static string NewEpoch() => Guid.NewGuid().ToString("N");

    private static RedisKey[] KeysWithIds(RoomId room) => [.. Keys(room), .. Enumerable.Range(0, RedisKeys.Days).Select(day => RedisKeys.Ids(room, day))];

    private static RedisValue[] Write(RoomMessage message) =>
    [
        message.Id.Value, message.From.Value, RedisKeys.DeviceField(message.Device), message.TtlSeconds * 1000L, message.Body, message.ContentType ?? "",
        message.ClientId, EnvelopeHash.OfId(message.From, message.ClientId), BitConverter.GetBytes(message.BodyHash),
    ];

    private static LogPlacement ReadPlacement(MessageId id, RedisResult placed, long now) => placed.Resp2Type == ResultType.Integer
        ? new LogPlacement(LogOutcome.Stored, id, (long)placed, now)
        : new LogPlacement((LogOutcome)(int)placed[0], new MessageId(placed[1].ToString()), (long)placed[2], (long)placed[3]);

    private Task<LogPage> ReadAsync(
        RoomId room, string mode, long? from, int limit, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = (RedisResult[])(await EvaluateToTheEndAsync(
                    RedisScripts.LogRead,
                    Keys(room),
                    [
                        .. Kept, mode, from is { } number ? number : RedisValue.EmptyString, limit, RoomLimits.PageBytes,
                        reader?.User.Value ?? "", reader is { } own ? RedisKeys.DeviceField(own.Device) : "",
                    ]))!;
                return new LogPage(
                    [.. answer.Skip(5).Chunk(ValuesPerEntry).Select(ReadEntry)], (long)answer[3], (bool)answer[4], (long)answer[1], new LogEnd((long)answer[2], (string?)answer[0]));
            },
            cancellationToken);

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

    /// <summary>A script that has much to take out of the log does it in pieces, so that others are served in between.</summary>
    private async Task<RedisResult> EvaluateToTheEndAsync(string script, RedisKey[] keys, RedisValue[] arguments)
    {
        while (true)
        {
            var answer = await _database.ScriptEvaluateAsync(script, keys, arguments);
            if (!answer.IsNull)
            {
                return answer;
            }
        }
    }
}
