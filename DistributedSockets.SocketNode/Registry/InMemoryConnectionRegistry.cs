// A registry that lives in this process: for a node alone and for several nodes in one process.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>A registry that lives in this process. One instance serves all nodes in it.</summary>
internal sealed partial class InMemoryConnectionRegistry(TimeProvider time, TimeSpan leaseLength, InMemoryHookQueue? hooks = null) : IConnectionRegistry, IPresence
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserId, List<Session>> _sessions = [];
    private readonly Dictionary<NodeIncarnation, HashSet<UserId>> _usersByNode = [];

    /// <summary>The inbox in memory stores under the same lock: whether its user is there does not change meanwhile.</summary>
    public Lock Gate => _lock;

    public Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (IsFenced(session.Node))
            {
                return Task.FromResult(new OpenedSession(null, Close(session, PresenceRules.Grace).Left, IsEntered: false));
            }

            var superseded = SameDevice(session);
            Enter(session, superseded);
            var others = Locate(session.User).Where(other => other != session);
            return Task.FromResult(new OpenedSession(superseded == session ? null : superseded, [.. others]) { Presence = Came(session.User) });
        }
    }

    public Task<AssertedSessions> AssertAsync(IReadOnlyCollection<Session> sessions, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var lost = new List<Session>();
            var presence = new List<PresenceChange>();
            foreach (var session in sessions)
            {
                var present = SameDevice(session);
                if (IsFenced(session.Node))
                {
                    Close(session, PresenceRules.Grace);
                    lost.Add(session);
                }
                else if (present is null || present == session)
                {
                    Enter(session, present);
                    if (Came(session.User) is { } change)
                    {
                        presence.Add(change);
                    }
                }
                else
                {
                    lost.Add(session);
                }
            }

            return Task.FromResult(new AssertedSessions(lost, presence));
        }
    }

    public Task<ClosedSession> CloseAsync(Session session, TimeSpan grace, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(Close(session, grace));
        }
    }

    public Task<IReadOnlyList<Session>> LocateAsync(UserId user, CancellationToken cancellationToken) => Task.FromResult(Locate(user));

    /// <summary>All sessions of a user, at once: the inbox in memory asks while it stores.</summary>
    public IReadOnlyList<Session> Locate(UserId user)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(user, out var sessions) ? [.. sessions] : [];
        }
    }

    private Session? SameDevice(Session session) => Locate(session.User).FirstOrDefault(other =>
        other.Device == session.Device && (session.Device != DeviceId.Plain || other.Connection == session.Connection));

    private ClosedSession Close(Session session, TimeSpan grace)
    {
        NoteGrace(session.User);
        var change = Remove(session) ? Went(session.User, grace) : null;
        var left = Locate(session.User);
        if (left.All(other => other.Node != session.Node))
        {
            TakeOffList(session.Node, session.User);
        }

        return new ClosedSession(left, change);
    }

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

    private bool Remove(Session session)
    {
        if (!_sessions.TryGetValue(session.User, out var sessions) || !sessions.Remove(session))
        {
            return false;
        }

        if (sessions.Count == 0)
        {
            _sessions.Remove(session.User);
        }

        Saw(session);
        return true;
    }

    private void TakeOffList(NodeIncarnation node, UserId user)
    {
        if (_usersByNode.TryGetValue(node, out var users) && users.Remove(user) && users.Count == 0)
        {
            _usersByNode.Remove(node);
        }
    }
}
