// The registry as it should be: dictionaries and sets, one call after the other.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// The registry as it should be. Each call is told with the answer that the real registry gave and returns what is wrong with that answer,
/// or null; where the contract leaves a choice (the number of an incarnation, which users are reaped first), the answer decides.
/// </summary>
/// <param name="listsLostAsserts">Redis enters the user on the work list before it sees that another connection has the device; the contract allows it.</param>
internal sealed partial class RegistryModel(bool listsLostAsserts)
{
    private readonly Dictionary<(UserId User, DeviceId Device, ConnectionId? Plain), Session> _sessions = [];
    private readonly HashSet<(NodeIncarnation Node, UserId User)> _workList = [];

    private RegistryModel(RegistryModel other)
        : this(other.listsLostAsserts)
    {
        _sessions = new(other._sessions);
        _workList = [.. other._workList];
        _numbers = new(other._numbers);
        _holders = new(other._holders);
        _until = new(other._until);
        _fenced = [.. other._fenced];
        _reaping = [.. other._reaping];
        _seen = new(other._seen);
        (_now, _turn) = (other._now, other._turn);
    }

    private bool listsLostAsserts { get; } = listsLostAsserts;

    public RegistryModel Copy() => new(this);

    public IReadOnlyList<Session> Locate(UserId user) => [.. _sessions.Values.Where(session => session.User == user)];

    public string? Open(Session session, OpenedSession answer)
    {
        var superseded = _sessions.GetValueOrDefault(Slot(session));
        if (IsOver(session.Node))
        {
            // It may have been ended in the middle of the call.
            if (answer.Superseded is not null)
            {
                _sessions.Remove(Slot(session));
            }

            Close(session);
            return WentAgain(session.User, answer.Presence)
                ?? Words.Differ("entered", false, answer.IsEntered)
                ?? (answer.Superseded is null ? null : Words.Differ("superseded", superseded, answer.Superseded))
                ?? Words.Differ("others", Locate(session.User), answer.Others);
        }

        Enter(session);
        return Came(session.User, answer.Presence)
            ?? Words.Differ("entered", true, answer.IsEntered)
            ?? Words.Differ("superseded", superseded, answer.Superseded)
            ?? Words.Differ("others", Locate(session.User).Where(other => other != session), answer.Others);
    }

    public string? Assert(IReadOnlyCollection<Session> sessions, AssertedSessions answer)
    {
        var lost = new List<Session>();
        var told = answer.Presence.ToDictionary(change => change.State.User);
        string? complaint = null;
        foreach (var session in sessions)
        {
            told.Remove(session.User, out var change);
            if (IsOver(session.Node))
            {
                Close(session);
                lost.Add(session);
                complaint ??= WentAgain(session.User, change);
            }
            else if (_sessions.TryGetValue(Slot(session), out var present) && present != session)
            {
                lost.Add(session);
                if (listsLostAsserts)
                {
                    _workList.Add((session.Node, session.User));
                }

                // It may be that of another session of the user, which is yet to come.
                if (change is not null)
                {
                    told.Add(session.User, change);
                }
            }
            else
            {
                Enter(session);
                complaint ??= Came(session.User, change);
            }
        }

        return complaint ?? Words.Differ("told besides", [], told.Values) ?? Words.Differ("lost", lost, answer.Lost);
    }

    public string? Close(Session session, bool leaves, ClosedSession answer)
    {
        var isLast = Close(session) && Locate(session.User).Count == 0;
        return (isLast ? Went(session.User, leaves, answer.Presence) : Words.Differ("told", null, answer.Presence))
            ?? Words.Differ("left", Locate(session.User), answer.Left);
    }

    /// <summary>What anybody can see without changing it, and that no session is beyond the reaper's reach.</summary>
    public string? See(IReadOnlyDictionary<UserId, IReadOnlyList<Session>> located, IEnumerable<NodeIncarnation> living)
    {
        var beyond = _sessions.Values.Where(session =>
            !_workList.Contains((session.Node, session.User)) || !(_until.ContainsKey(session.Node) || _reaping.Contains(session.Node)));
        return Words.Differ("sessions beyond the reaper's reach", [], beyond)
            ?? located.Select(user => Words.Differ($"sessions of {user.Key}", Locate(user.Key), user.Value)).FirstOrDefault(complaint => complaint is not null)
            ?? Words.Differ("living", _until.Where(node => node.Value > _now).Select(node => node.Key), living);
    }

    /// <summary>Everything it knows: two models with the same text are the same.</summary>
    public override string ToString() => string.Join("; ",
        $"sessions {Words.Of(_sessions.Values)}",
        $"work lists {Words.Of(_workList.Select(entry => $"{entry.User} on {entry.Node}"))}",
        $"names {Words.Of(_holders.Values)}",
        $"lives until {Words.Of(_until.Select(node => $"{node.Key} {node.Value - _now}"))}",
        $"fenced {Words.Of(_fenced)}",
        $"reaping {Words.Of(_reaping)}",
        $"seen {Words.Of(_seen.Select(seen => $"{seen.Key} {seen.Value}"))}",
        $"turn {_turn?.Owner} {_turn?.Until - _now}");

    private static (UserId User, DeviceId Device, ConnectionId? Plain) Slot(Session session) =>
        (session.User, session.Device, session.Device == DeviceId.Plain ? session.Connection : null);

    private bool Close(Session session)
    {
        var isThere = _sessions.GetValueOrDefault(Slot(session)) == session;
        if (isThere)
        {
            _sessions.Remove(Slot(session));
        }

        if (Locate(session.User).All(other => other.Node != session.Node))
        {
            _workList.Remove((session.Node, session.User));
        }

        return isThere;
    }

    private void Enter(Session session)
    {
        _sessions[Slot(session)] = session;
        _workList.Add((session.Node, session.User));
    }
}
