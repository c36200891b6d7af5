// Events that wait in this process: for a node alone and for several nodes in one process.
using System.Globalization;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>Events that wait in this process. One instance serves all nodes in it.</summary>
internal sealed class InMemoryHookQueue(WantedHooks wanted, TimeProvider time) : IHookQueue
{
    private readonly Lock _lock = new();
    private readonly Dictionary<HookOwner, double> _due = [];
    private readonly Dictionary<HookOwner, Waiting> _owners = [];
    private readonly (NodeIncarnation Owner, long EndsAt)[] _turns = new (NodeIncarnation, long)[IInboxUpkeep.Shards];
    private (long At, long Number) _last;

    private sealed class Waiting
    {
        public List<HookEvent> Events { get; } = [];

        public long PausedUntil { get; set; }

        public long Lost { get; set; }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public bool IncludesBody => wanted.IncludesBody;

    /// <summary>Enters an event, unless it is of a type that nobody wants. Of too many the oldest goes.</summary>
    public void Enter(HookOwner owner, HookData data)
    {
        if (!wanted.Wants(data.Type))
        {
            return;
        }

        lock (_lock)
        {
            if (!_owners.TryGetValue(owner, out var waiting))
            {
                _owners.Add(owner, waiting = new Waiting());
            }

            waiting.Events.Add(new HookEvent(owner, NextNumber(), data));
            if (waiting.Events.Count > wanted.Pending)
            {
                waiting.Events.RemoveAt(0);
                waiting.Lost++;
            }

            _due[owner] = Now;
        }
    }

    public Task<HookTurn?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            if (_turns[shard].Owner != self && _turns[shard].EndsAt > now)
            {
                return Task.FromResult<HookTurn?>(null);
            }

            _turns[shard] = (self, now + (long)turn.TotalMilliseconds);
            var ofShard = _due.Where(due => RedisKeys.Shard(due.Key) == shard).ToList();
            var due = ofShard.Where(due => due.Value <= now).OrderBy(due => due.Value).Take(limit);
            return Task.FromResult<HookTurn?>(new HookTurn([.. due.Select(due => new DueHook(due.Key, due.Value))], ofShard.Count));
        }
    }

    public Task<HookPage> ReadAsync(HookOwner owner, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            if (!_owners.TryGetValue(owner, out var waiting))
            {
                return Task.FromResult(new HookPage([], now, PausedUntil: 0, Lost: 0));
            }

            var (lost, isPaused) = (waiting.Lost, waiting.PausedUntil > now);
            waiting.Lost = 0;
            return Task.FromResult(new HookPage(isPaused ? [] : [.. waiting.Events.Take(limit)], now, isPaused ? waiting.PausedUntil : 0, lost));
        }
    }

    public Task RemoveAsync(HookOwner owner, IReadOnlyList<HookEvent> events, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_owners.TryGetValue(owner, out var waiting))
            {
                waiting.PausedUntil = 0;
                waiting.Events.RemoveAll(told => events.Any(removed => removed.Number == told.Number));
                if (waiting.Events.Count == 0 && waiting.Lost == 0)
                {
                    _owners.Remove(owner);
                }
            }

            return Task.CompletedTask;
        }
    }

    public Task<long> PauseAsync(HookOwner owner, TimeSpan length, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var until = Now + (long)length.TotalMilliseconds;
            if (_owners.TryGetValue(owner, out var waiting))
            {
                waiting.PausedUntil = until;
            }

            return Task.FromResult(until);
        }
    }

    public Task SettleAsync(DueHook due, double? next, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_due.TryGetValue(due.Owner, out var present) && present == due.Due)
            {
                _due.Remove(due.Owner);
                if (next is { } later)
                {
                    _due.Add(due.Owner, later);
                }
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>As Redis numbers the entries of a stream.</summary>
    private string NextNumber()
    {
        var now = Now;
        _last = now > _last.At ? (now, 0) : (_last.At, _last.Number + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{_last.At}-{_last.Number}");
    }
}
