// Logs of rooms that live in this process: for a node alone and for several nodes in one process.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Logs of rooms that live in this process. One instance serves all nodes in it.</summary>
internal sealed class InMemoryRoomLog(RoomLimits limits, TimeProvider time) : IRoomLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RoomId, InMemoryRoom> _rooms = [];

    public Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, RoomLimits.Batch);
        return With(room, log =>
        {
            log.CheckAgainst(seen);
            return new LogAppended(log.Append(messages), log.End.Epoch!);
        });
    }

    public Task<LogAppended> ChangeAsync(RoomId room, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        With(room, log =>
        {
            log.CheckAgainst(seen);
            return new LogAppended([log.Change(change)], log.End.Epoch!);
        });

    public Task<LogStart> BeginAsync(RoomId room, UserId? user, LogEnd place, LogEnd? since, CancellationToken cancellationToken) =>
        With(room, log => log.Begin(user, place, since));

    public Task<LogPage> ReadAsync(RoomId room, long after, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken) =>
        PageAsync(room, log => log.Read(after, reader));

    public Task<LogPage> ReadHistoryAsync(RoomId room, LogRange range, int limit, CancellationToken cancellationToken) =>
        PageAsync(room, log => log.ReadHistory(range, limit));

    public Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<LogEnd>>([.. rooms.Select(room => _rooms.TryGetValue(room, out var log) ? log.End : default)]);
        }
    }

    /// <summary>Does something with a room while nobody else does.</summary>
    internal Task<T> With<T>(RoomId room, Func<InMemoryRoom, T> act)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(room, out var log))
            {
                _rooms.Add(room, log = new InMemoryRoom(limits));
            }

            log.Trim(time.GetUtcNow().ToUnixTimeMilliseconds());
            return Task.FromResult(act(log));
        }
    }

    private Task<LogPage> PageAsync(RoomId room, Func<InMemoryRoom, LogPage> read)
    {
        lock (_lock)
        {
            return _rooms.ContainsKey(room) ? With(room, read) : Task.FromResult(new LogPage([], Through: 0, AtEnd: true, First: 1, End: default));
        }
    }
}
