// The registry in memory: who watches its users, what status they have set, and the end of a grace.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class InMemoryConnectionRegistry
{
    private readonly Dictionary<NodeIncarnation, HashSet<UserId>> _unseen = [];

    public Task<PresenceState> ReadAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult((_seen.GetValueOrDefault(user) ?? new Seen()).StateOf(user));
        }
    }

    public Task<IReadOnlyDictionary<DeviceId, long>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyDictionary<DeviceId, long>>((_seen.GetValueOrDefault(user) ?? new Seen()).Devices.ToDictionary());
        }
    }

    public Task<PresenceState> WatchAsync(NodeIncarnation node, UserId user, long known, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var seen = SeenOf(user);
            seen.Watchers.Add(node);
            if (seen.Version < known)
            {
                seen.Version = NextVersion(known);
            }

            return Task.FromResult(seen.StateOf(user));
        }
    }

    public Task UnwatchAsync(NodeIncarnation node, UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _seen.GetValueOrDefault(user)?.Watchers.Remove(node);
            return Task.CompletedTask;
        }
    }

    public Task<PresenceChange> SetStatusAsync(UserId user, ReadOnlyMemory<byte> status, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var seen = SeenOf(user);
            if (!status.Span.SequenceEqual(seen.Status))
            {
                seen.Status = status.ToArray();
                seen.Version = NextVersion(seen.Version);
            }

            return Task.FromResult(Announced(user, seen));
        }
    }

    public Task<IReadOnlyList<DueGrace>> ReadDueAsync(int shard, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<DueGrace>>(
                [.. _graces.Where(grace => grace.Value <= Now && RedisKeys.Shard(grace.Key) == shard)
                    .OrderBy(grace => grace.Value)
                    .Take(limit)
                    .Select(grace => new DueGrace(grace.Key, grace.Value))]);
        }
    }

    public Task<EndedGrace> EndGraceAsync(UserId user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var seen = SeenOf(user);
            if (_sessions.ContainsKey(user))
            {
                return Task.FromResult(new EndedGrace(null, null));
            }

            if (seen.Online && seen.GraceEnds > Now)
            {
                return Task.FromResult(new EndedGrace(null, seen.GraceEnds));
            }

            // Whoever has ended it may have died before anybody was told.
            return Task.FromResult(new EndedGrace(seen.Online ? Flip(user, seen) : Announced(user, seen), null));
        }
    }

    public Task SettleGraceAsync(DueGrace due, long? next, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_graces.TryGetValue(due.User, out var present) && present == due.Due)
            {
                _graces.Remove(due.User);
                if (next is { } later)
                {
                    _graces.Add(due.User, later);
                }
            }

            return Task.CompletedTask;
        }
    }

    public Task NoteUnseenAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _unseen.TryAdd(node, []);
            _unseen[node].UnionWith(users);
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<UserId>> TakeUnseenAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_unseen.TryGetValue(self, out var unseen))
            {
                return Task.FromResult<IReadOnlyList<UserId>>([]);
            }

            var taken = unseen.Take(limit).ToList();
            unseen.ExceptWith(taken);
            return Task.FromResult<IReadOnlyList<UserId>>(taken);
        }
    }
}
