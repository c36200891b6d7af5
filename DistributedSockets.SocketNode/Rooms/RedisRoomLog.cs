// Logs of rooms in Redis.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Logs of rooms in Redis: where connections begin to read, and how far the logs reach.</summary>
internal sealed class RedisRoomLog(IConnectionMultiplexer redis, RoomLimits limits)
    : RedisMessageLog<RoomId>(redis, limits, RedisKeys.LogOf, (text, inner) => new RoomsUnavailableException(text, inner)), IRoomLog
{
    public Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, RoomLimits.Batch);
        return AskAsync(
            async () =>
            {
                RedisValue[] arguments = [NewEpoch(), .. Kept, seen.Epoch ?? "", seen.Rseq, .. messages.SelectMany(Write)];
                var answer = await Database.ScriptEvaluateAsync(RedisScripts.LogAppend, RedisKeys.LogOf(room).WithIds, arguments);
                return new LogAppended([.. messages.Select((message, index) => ReadPlacement(message.Id, answer[2 + index], (long)answer[1]))], answer[0].ToString());
            },
            cancellationToken);
    }

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

    public Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<LogEnd>>(
            async () =>
            {
                var ends = await Task.WhenAll(rooms.Select(room => Database.HashGetAsync(RedisKeys.Meta(room), ["rseq", "epoch"])));
                return [.. ends.Select(end => new LogEnd((long)end[0], (string?)end[1]))];
            },
            cancellationToken);

    /// <summary>The keys that every script in the slot of a room begins with.</summary>
    internal static RedisKey[] Keys(RoomId room) => RedisKeys.LogOf(room).Log;

    private static RedisValue[] Write(RoomMessage message) =>
    [
        message.Id.Value, message.From.Value, RedisKeys.DeviceField(message.Device), message.TtlSeconds * 1000L, message.Body, message.ContentType ?? "",
        message.ClientId, EnvelopeHash.OfId(message.From, message.ClientId), BitConverter.GetBytes(message.BodyHash),
    ];
}
