// The registry in memory: lists of who is connected, and of the rooms that they are in.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class InMemoryConnectionRegistry
{
    private readonly Dictionary<NodeIncarnation, HashSet<RoomId>> _roomsByNode = [];

    public Task<ListPage<ListedUser>> ListUsersAsync(ListQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var living = Living();
            return Task.FromResult(Page(query, living, node => _usersByNode.GetValueOrDefault(node)?.Select(user => user.Value), (name, node) =>
            {
                var user = new UserId(name);
                List<Session> sessions = [.. Locate(user).Where(session => living.Contains(session.Node))];
                return sessions.Count > 0 && sessions.MinBy(session => session.Node, ListPlace.NodeOrder)!.Node == node ? new ListedUser(user, sessions) : null;
            }));
        }
    }

    public Task<ListPage<RoomId>> ListRoomsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var living = Living();
            var page = Page(query, living, node => _roomsByNode.GetValueOrDefault(node)?.Select(room => room.Value), (name, node) =>
                living.First(other => _roomsByNode.GetValueOrDefault(other)?.Contains(new RoomId(name)) ?? false) == node ? name : null);
            return Task.FromResult(new ListPage<RoomId>([.. page.Items.Select(name => new RoomId(name))], page.Next));
        }
    }

    public Task<bool> NoteRoomsAsync(NodeIncarnation self, IReadOnlyCollection<RoomId> came, IReadOnlyCollection<RoomId> went, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Of nodes that have ended nobody asks any more.
            foreach (var dead in _roomsByNode.Keys.Where(node => !_alive.ContainsKey(node) && node != self).ToList())
            {
                _roomsByNode.Remove(dead);
            }

            var rooms = _roomsByNode.GetValueOrDefault(self) ?? [];
            var isKnown = rooms.Count > 0;
            rooms.UnionWith(came);
            rooms.ExceptWith(went);
            _roomsByNode[self] = rooms;
            return Task.FromResult(isKnown);
        }
    }

    private List<NodeIncarnation> Living() => [.. _alive.Where(node => node.Value > Now).Select(node => node.Key).Order(ListPlace.NodeOrder)];

    /// <param name="show">What a name is in the list; null where it stands under another node, or no more under any.</param>
    private static ListPage<T> Page<T>(ListQuery query, List<NodeIncarnation> living, Func<NodeIncarnation, IEnumerable<string>?> namesOf, Func<string, NodeIncarnation, T?> show)
        where T : class
    {
        var found = new List<T>();
        var places = living.SelectMany(node => (namesOf(node) ?? []).Order(StringComparer.Ordinal).Select(name => new ListPlace(node, 0, name)));
        foreach (var place in places.Where(place => query.Wants(place.Name) && IsBehind(place, query.After)))
        {
            if (show(place.Name, place.Node) is { } shown)
            {
                found.Add(shown);
                if (found.Count == query.Limit)
                {
                    return new ListPage<T>(found, place);
                }
            }
        }

        return new ListPage<T>(found, null);
    }

    private static bool IsBehind(ListPlace place, ListPlace? after) => after is not { } start
        || ListPlace.NodeOrder.Compare(place.Node, start.Node) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(place.Name, start.Name) > 0));
}
