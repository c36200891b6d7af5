// The registry as it should be: leases, and what is left of the dead.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Faults;

internal sealed partial class RegistryModel
{
    /// <summary>Times are hundredths of a lease.</summary>
    public const int Lease = 100;

    public const int Turn = 50;

    private readonly Dictionary<NodeId, long> _numbers = []; // the highest that was given out
    private readonly Dictionary<NodeId, NodeIncarnation> _holders = [];
    private readonly Dictionary<NodeIncarnation, int> _until = []; // those that live, and those that died and were not noticed yet
    private readonly HashSet<NodeIncarnation> _fenced = [];
    private readonly HashSet<NodeIncarnation> _reaping = [];
    private int _now;
    private (NodeIncarnation Owner, int Until)? _turn;

    public void Pass(int time) => _now += time;

    public string? Take(NodeId node, LeaseAttempt answer)
    {
        if (_holders.TryGetValue(node, out var holder) && Lives(holder))
        {
            return Words.Differ("answer", holder, (answer as LeaseAttempt.Held)?.Holder);
        }

        if (answer is not LeaseAttempt.Taken { Incarnation: var taken })
        {
            return "the name was free";
        }

        if (taken.Number <= _numbers.GetValueOrDefault(node))
        {
            return $"{taken} is not above {_numbers[node]}";
        }

        Hold(taken);
        return null;
    }

    public string? Renew(NodeIncarnation self, LeaseRenewal answer)
    {
        if (IsOver(self))
        {
            return Words.Differ("answer", LeaseRenewal.Lost, answer);
        }

        var lived = Lives(self);
        Hold(self);
        return Words.Differ("answer", lived ? LeaseRenewal.Renewed : LeaseRenewal.TakenBack, answer);
    }

    public void Release(NodeIncarnation self)
    {
        _fenced.Add(self);
        if (_until.Remove(self) && _workList.Any(entry => entry.Node == self))
        {
            _reaping.Add(self);
        }
    }

    public string? BeginReap(NodeIncarnation self, IReadOnlyList<NodeIncarnation> answer)
    {
        if (!Lives(self) || (_turn is { } turn && turn.Owner != self && turn.Until > _now))
        {
            return Words.Differ("dead", [], answer);
        }

        _turn = (self, _now + Turn);
        foreach (var dead in _until.Keys.Where(node => !Lives(node)).ToList())
        {
            _until.Remove(dead);
            _fenced.Add(dead);
            _reaping.Add(dead);
        }

        return Words.Differ("dead", _reaping, answer);
    }

    public string? Reap(NodeIncarnation dead, int limit, IReadOnlyList<ReapedUser> answer)
    {
        var listed = _workList.Where(entry => entry.Node == dead).Select(entry => entry.User).ToHashSet();
        var reaped = answer.Select(user => user.User).ToHashSet();
        if (!reaped.IsSubsetOf(listed) || answer.Count != Math.Min(limit, listed.Count))
        {
            return $"on the work list: {Words.Of(listed)}; reaped: {Words.Of(reaped)}";
        }

        if (listed.Count == 0)
        {
            _reaping.Remove(dead);
        }

        foreach (var session in _sessions.Values.Where(session => session.Node == dead && reaped.Contains(session.User)).ToList())
        {
            _sessions.Remove(Slot(session));
        }

        return answer.Select(user => Words.Differ($"remaining of {user.User}", Locate(user.User), user.Remaining) ?? Reaped(user.User, user.Presence))
            .FirstOrDefault(complaint => complaint is not null);
    }

    public void Confirm(NodeIncarnation dead, IReadOnlyCollection<UserId> users)
    {
        _workList.RemoveWhere(entry => entry.Node == dead && users.Contains(entry.User));
        if (_workList.All(entry => entry.Node != dead))
        {
            _reaping.Remove(dead);
        }
    }

    /// <summary>Can't renew any more, whether it knows or not.</summary>
    private bool IsOver(NodeIncarnation self) => _fenced.Contains(self) || _numbers[self.Node] > self.Number;

    private bool Lives(NodeIncarnation node) => _until.GetValueOrDefault(node, -1) > _now;

    private void Hold(NodeIncarnation self)
    {
        _numbers[self.Node] = self.Number;
        _holders[self.Node] = self;
        _until[self] = _now + Lease;
    }
}
