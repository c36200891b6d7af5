// What the nodes remember of their own doings: it makes a call out of an operation.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Faults;

/// <summary>What the nodes remember of their own doings. It holds facts only, whatever the registry makes of them.</summary>
internal sealed class NodesMemory
{
    private readonly Dictionary<NodeIncarnation, IReadOnlyCollection<UserId>> _reaped = [];
    private int _connections;

    public List<NodeIncarnation> Boots { get; } = [];

    public List<Session> Opened { get; } = [];

    public HashSet<Session> Closed { get; } = [];

    /// <summary>Whom some reaper was told of.</summary>
    public HashSet<NodeIncarnation> Dead { get; } = [];

    public void Booted(LeaseAttempt answer)
    {
        if (answer is LeaseAttempt.Taken taken)
        {
            Boots.Add(taken.Incarnation);
        }
    }

    public void Reaped(NodeIncarnation dead, IReadOnlyList<ReapedUser> users) => _reaped[dead] = [.. users.Select(user => user.User)];

    /// <summary>The call; null when there is nothing that it could be about.</summary>
    public RegistryCall? CallOf(Operation operation, TimeSpan turn) => operation switch
    {
        Operation.Boot boot => RegistryCall.Take(boot.Node, this),
        Operation.Renew renew when Boot(renew.Node, renew.Back) is { } self => RegistryCall.Renew(self),
        Operation.Release release when Boot(release.Node, release.Back) is { } self => RegistryCall.Release(self),
        Operation.Open open when Boot(open.Node, open.Back) is { } self =>
            RegistryCall.Open(new Session(open.User, open.Device, self, new ConnectionId($"c{++_connections}"), _connections), this),
        Operation.Close close when Earlier(Of(close.Node, close.User, close.Device), close.Back) is { } session => RegistryCall.Close(session, close.Leaves, this),
        Operation.Assert assert when Boot(assert.Node, assert.Back) is { } self && Held(self, Of(assert.Node, assert.User, assert.Device)) is [.., var latest] =>
            RegistryCall.Assert(self, [latest]),
        Operation.AssertAll assert when Boot(assert.Node, assert.Back) is { } self && Held(self, Opened) is { Count: > 0 } held => RegistryCall.Assert(self, held),
        Operation.BeginReap begin when Boot(begin.Node, 0) is { } self => RegistryCall.BeginReap(self, turn, this),
        Operation.Reap reap when Boot(reap.Dead, reap.Back) is { } dead && Dead.Contains(dead) => RegistryCall.Reap(reap.Node, dead, reap.Limit, this),
        Operation.EndGrace end => RegistryCall.EndGrace(end.Node, end.User),
        Operation.Confirm confirm when Boot(confirm.Dead, confirm.Back) is { } dead => Confirm(confirm.Node, dead),
        _ => null,
    };

    public RegistryCall? Confirm(NodeId by, NodeIncarnation dead) =>
        _reaped.TryGetValue(dead, out var users) ? RegistryCall.Confirm(by, dead, users) : null;

    /// <summary>Incarnations in a text become <c>server-1's boot 2</c>.</summary>
    public string Readable(string text)
    {
        foreach (var node in Boots.GroupBy(boot => boot.Node))
        {
            foreach (var (index, boot) in node.Index())
            {
                text = text.Replace(boot.ToString(), $"{node.Key}'s boot {index + 1}", StringComparison.Ordinal);
            }
        }

        return text;
    }

    private NodeIncarnation? Boot(NodeId node, int back) =>
        Boots.Where(boot => boot.Node == node).ToList() is { Count: > 0 } boots ? boots[^Math.Min(back + 1, boots.Count)] : null;

    private IEnumerable<Session> Of(NodeId node, UserId user, DeviceId device) =>
        Opened.Where(session => session.Node.Node == node && session.User == user && session.Device == device);

    private List<Session> Held(NodeIncarnation self, IEnumerable<Session> sessions) =>
        [.. sessions.Where(session => session.Node == self && !Closed.Contains(session))];

    private static Session? Earlier(IEnumerable<Session> sessions, int back) =>
        sessions.ToList() is { Count: > 0 } all ? all[^Math.Min(back + 1, all.Count)] : null;
}
