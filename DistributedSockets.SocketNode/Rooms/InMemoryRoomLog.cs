// Logs of rooms that live in this process.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Logs of rooms that live in this process.</summary>
internal sealed class InMemoryRoomLog(RoomLimits limits, TimeProvider time) : InMemoryMessageLog<RoomId>(limits, time), IRoomLog
{
    public Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, RoomLimits.Batch);
        return With(room, log =>
        {
            log.CheckAgainst(seen);
            return new LogAppended(log.Append(messages), log.End.Epoch!);
        });
    }

    public Task<LogStart> BeginAsync(RoomId room, UserId? user, LogEnd place, LogEnd? since, CancellationToken cancellationToken) =>
        With(room, log => log.Begin(user, place, since));

    public Task<LogPage> ReadAsync(RoomId room, long after, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken) =>
        PageAsync(room, log => log.Read(after, reader));

    public Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<LogEnd>>([.. rooms.Select(EndOf)]);
}
