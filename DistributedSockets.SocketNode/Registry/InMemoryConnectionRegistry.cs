// A registry that lives in this process: for a node alone and for several nodes in one process.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>A registry that lives in this process. One instance serves all nodes in it.</summary>
internal sealed class InMemoryConnectionRegistry(TimeProvider time, TimeSpan leaseLength) : IConnectionRegistry
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserId, List<Session>> _sessions = [];
    private readonly Dictionary<NodeIncarnation, HashSet<UserId>> _usersByNode = [];

    private readonly Dictionary<NodeId, (NodeIncarnation Holder, long ExpiresAt)> _leases = [];
    private readonly Dictionary<NodeId, long> _lastNumbers = [];
    private readonly Dictionary<NodeIncarnation, long> _alive = []; // until when; what is past waits for the reaper
    private readonly Dictionary<NodeIncarnation, NodeInfo> _infos = [];
    private readonly HashSet<NodeIncarnation> _reaping = [];
    private (NodeIncarnation Owner, long EndsAt) _turn;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task<LeaseAttempt> TakeLeaseAsync(NodeInfo info, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            if (Holder(info.Node, now) is { } holder)
            {
                var remaining = TimeSpan.FromMilliseconds(_leases[info.Node].ExpiresAt - now);
                return Task.FromResult<LeaseAttempt>(new LeaseAttempt.Held(holder, _infos.GetValueOrDefault(holder), remaining));
            }

            var number = Math.Max(_lastNumbers.GetValueOrDefault(info.Node) + 1, now);
            var self = new NodeIncarnation(info.Node, number);
            Grant(self, info, now);
            return Task.FromResult<LeaseAttempt>(new LeaseAttempt.Taken(self));
        }
    }

    public Task<LeaseRenewal> RenewLeaseAsync(NodeIncarnation self, NodeInfo info, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            var holder = Holder(self.Node, now);
            if (_lastNumbers.GetValueOrDefault(self.Node) > self.Number || (holder is not null && holder != self))
            {
                return Task.FromResult(LeaseRenewal.Lost);
            }

            Grant(self, info, now);
            return Task.FromResult(holder == self ? LeaseRenewal.Renewed : LeaseRenewal.TakenBack);
        }
    }

    public Task ReleaseLeaseAsync(NodeIncarnation self, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Holder(self.Node, Now) == self)
            {
                _leases.Remove(self.Node);
            }

            Fence(self);
            _infos.Remove(self);
            if (_alive.Remove(self) && _usersByNode.ContainsKey(self))
            {
                // What it could not close is left to the reaper.
                _reaping.Add(self);
            }

            return Task.CompletedTask;
        }
    }

    public Task<LivingNodes> ReadNodesAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            var living = _alive.Where(node => node.Value > now).ToDictionary(node => node.Key, node => _infos.GetValueOrDefault(node.Key));
            return Task.FromResult(new LivingNodes(now, living));
        }
    }

    public Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var superseded = SameDevice(session);
            Enter(session, superseded);
            return Task.FromResult(new OpenedSession(superseded == session ? null : superseded, [.. Locate(session.User).Where(other => other != session)]));
        }
    }

    public Task<IReadOnlyList<Session>> AssertAsync(IReadOnlyCollection<Session> sessions, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var lost = new List<Session>();
            foreach (var session in sessions)
            {
                var present = SameDevice(session);
                if (present is null || present == session)
                {
                    Enter(session, present);
                }
                else
                {
                    lost.Add(session);
                }
            }

            return Task.FromResult<IReadOnlyList<Session>>(lost);
        }
    }

    public Task<IReadOnlyList<Session>> CloseAsync(Session session, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Remove(session);
            var left = Locate(session.User);
            if (left.All(other => other.Node != session.Node))
            {
                TakeOffList(session.Node, session.User);
            }

            return Task.FromResult(left);
        }
    }

    public Task<IReadOnlyList<Session>> LocateAsync(UserId user, CancellationToken cancellationToken) => Task.FromResult(Locate(user));

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

                reaped.Add(new ReapedUser(user, Locate(user)));
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

    /// <summary>All sessions of a user, at once: the inbox in memory asks while it stores.</summary>
    public IReadOnlyList<Session> Locate(UserId user)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(user, out var sessions) ? [.. sessions] : [];
        }
    }

    private NodeIncarnation? Holder(NodeId node, long now) => _leases.TryGetValue(node, out var lease) && lease.ExpiresAt > now ? lease.Holder : null;

    private void Grant(NodeIncarnation self, NodeInfo info, long now)
    {
        var expiresAt = now + (long)leaseLength.TotalMilliseconds;
        _leases[self.Node] = (self, expiresAt);
        _lastNumbers[self.Node] = self.Number;
        _alive[self] = expiresAt;
        _infos[self] = info;
    }

    /// <summary>From here on the incarnation can't renew: the next number counts as given out.</summary>
    private void Fence(NodeIncarnation dead) =>
        _lastNumbers[dead.Node] = Math.Max(_lastNumbers.GetValueOrDefault(dead.Node), dead.Number + 1);

    private void Forget(NodeIncarnation dead)
    {
        _reaping.Remove(dead);
        _infos.Remove(dead);
    }

    private Session? SameDevice(Session session) => Locate(session.User).FirstOrDefault(other =>
        other.Device == session.Device && (session.Device != DeviceId.Plain || other.Connection == session.Connection));

    private void Enter(Session session, Session? replaced)
    {
        if (!_sessions.TryGetValue(session.User, out var sessions))
        {
            _sessions.Add(session.User, sessions = []);
        }

        if (replaced is not null)
        {
            sessions.Remove(replaced);
        }

        sessions.Add(session);
        if (!_usersByNode.TryGetValue(session.Node, out var users))
        {
            _usersByNode.Add(session.Node, users = []);
        }

        users.Add(session.User);
    }

    private void Remove(Session session)
    {
        if (_sessions.TryGetValue(session.User, out var sessions) && sessions.Remove(session) && sessions.Count == 0)
        {
            _sessions.Remove(session.User);
        }
    }

    private void TakeOffList(NodeIncarnation node, UserId user)
    {
        if (_usersByNode.TryGetValue(node, out var users) && users.Remove(user) && users.Count == 0)
        {
            _usersByNode.Remove(node);
        }
    }
}
