// What was sent in one place, in this process: for a node alone and for several nodes in one process.
namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What was sent in one place, in this process. One instance serves all nodes in it.</summary>
internal abstract class InMemoryMessageLog<TName>(LogLimits limits, TimeProvider time) : IMessageLog<TName>
    where TName : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TName, InMemoryRoom> _logs = [];

    public Task<LogAppended> ChangeAsync(TName name, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        With(name, log =>
        {
            log.CheckAgainst(seen);
            return new LogAppended([log.Change(change)], log.End.Epoch!);
        });

    public Task<LogPage> ReadHistoryAsync(TName name, LogRange range, int limit, CancellationToken cancellationToken) =>
        PageAsync(name, log => log.ReadHistory(range, limit));

    /// <summary>Does something with a log while nobody else does.</summary>
    internal Task<T> With<T>(TName name, Func<InMemoryRoom, T> act)
    {
        lock (_lock)
        {
            if (!_logs.TryGetValue(name, out var log))
            {
                _logs.Add(name, log = new InMemoryRoom(limits));
            }

            log.Trim(time.GetUtcNow().ToUnixTimeMilliseconds());
            return Task.FromResult(act(log));
        }
    }

    protected Task<LogPage> PageAsync(TName name, Func<InMemoryRoom, LogPage> read)
    {
        lock (_lock)
        {
            return _logs.ContainsKey(name) ? With(name, read) : Task.FromResult(new LogPage([], Through: 0, AtEnd: true, First: 1, End: default));
        }
    }

    protected LogEnd EndOf(TName name)
    {
        lock (_lock)
        {
            return _logs.TryGetValue(name, out var log) ? log.End : default;
        }
    }
}
