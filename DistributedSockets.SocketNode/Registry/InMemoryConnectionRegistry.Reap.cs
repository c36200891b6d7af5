// The registry in memory: what is left of a dead node.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class InMemoryConnectionRegistry
{
    private readonly HashSet<NodeIncarnation> _reaping = [];
    private (NodeIncarnation Owner, long EndsAt) _turn;

    public Task<IReadOnlyList<NodeIncarnation>> BeginReapAsync(NodeIncarnation self, TimeSpan turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            if (_alive.GetValueOrDefault(self) <= now || (_turn.Owner != self && _turn.EndsAt > now))
            {
                return Task.FromResult<IReadOnlyList<NodeIncarnation>>([]);
            }

            _turn = (self, now + (long)turn.TotalMilliseconds);
            foreach (var dead in _alive.Where(node => node.Value <= now).Select(node => node.Key).ToList())
            {
                _alive.Remove(dead);
                _reaping.Add(dead);
                Fence(dead);
            }

            return Task.FromResult<IReadOnlyList<NodeIncarnation>>([.. _reaping]);
        }
    }

    public Task<IReadOnlyList<ReapedUser>> ReapAsync(NodeIncarnation dead, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_usersByNode.TryGetValue(dead, out var users))
            {
                Forget(dead);
                return Task.FromResult<IReadOnlyList<ReapedUser>>([]);
            }

            var reaped = new List<ReapedUser>();
            foreach (var user in users.Take(limit))
            {
                foreach (var session in Locate(user).Where(session => session.Node == dead))
                {
                    Remove(session);
                }

                reaped.Add(new ReapedUser(user, Locate(user)) { Presence = Reaped(user) });
            }

            return Task.FromResult<IReadOnlyList<ReapedUser>>(reaped);
        }
    }

    public Task ConfirmReapedAsync(NodeIncarnation dead, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (var user in users)
            {
                TakeOffList(dead, user);
            }

            if (!_usersByNode.ContainsKey(dead))
            {
                Forget(dead);
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>From here on the incarnation can't renew: the next number counts as given out.</summary>
    private void Fence(NodeIncarnation dead) =>
        _lastNumbers[dead.Node] = Math.Max(_lastNumbers.GetValueOrDefault(dead.Node), dead.Number + 1);

    private void Forget(NodeIncarnation dead)
    {
        _reaping.Remove(dead);
        _infos.Remove(dead);
    }
}
