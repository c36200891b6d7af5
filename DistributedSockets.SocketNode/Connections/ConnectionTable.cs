// This node's connections by user, and which other nodes hold a user who is here.
using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>What a node knows in memory of a user who is connected to it.</summary>
/// <param name="Connections">The user's connections on this node; never empty.</param>
/// <param name="Elsewhere">Other nodes that hold the user too, as the registry and their notices told.</param>
internal sealed record LocalUser(ImmutableArray<Connection> Connections, ImmutableHashSet<NodeIncarnation> Elsewhere)
{
    /// <summary>Whether all connections are live, so that a message with no place in the inbox need not be kept in line with anything.</summary>
    public bool IsLive
    {
        get
        {
            foreach (var connection in Connections)
            {
                if (!connection.IsLive)
                {
                    return false;
                }
            }

            return true;
        }
    }

    public bool IsCongested => Connections.Any(connection => connection.IsCongested);

    public Task WhenRoomAsync() => Task.WhenAll(Connections.Select(connection => connection.WhenRoomAsync()));
}

/// <param name="Queued">Messages that wait to be written.</param>
/// <param name="OnTheirWay">Messages that connections have sent and that are still on their way.</param>
internal sealed record WaitingMessages(int Queued, int OnTheirWay);

/// <summary>This node's connections by user. It makes no calls of its own: the path of a message goes through it, never back.</summary>
internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<UserId, LocalUser> _users = new();
    private int _connections;

    public int ConnectionCount => Volatile.Read(ref _connections);

    public int UserCount => _users.Count;

    /// <summary>What waited at all connections when <see cref="Heartbeat"/> came by last, a second ago at most.</summary>
    public WaitingMessages Waiting { get; set; } = new(0, 0);

    public LocalUser? Find(UserId user) => _users.GetValueOrDefault(user);

    public void Add(Connection connection, IEnumerable<NodeIncarnation> elsewhere)
    {
        Interlocked.Increment(ref _connections);
        _users.AddOrUpdate(
            connection.User,
            static (_, added) => new LocalUser([added.connection], added.elsewhere.ToImmutableHashSet()),
            static (_, known, added) => new LocalUser(known.Connections.Add(added.connection), known.Elsewhere.Union(added.elsewhere)),
            (connection, elsewhere));
    }

    public void Remove(Connection connection)
    {
        while (_users.TryGetValue(connection.User, out var known) && known.Connections.Contains(connection))
        {
            var rest = known.Connections.Remove(connection);
            if (rest.IsEmpty ? _users.TryRemove(new(connection.User, known)) : _users.TryUpdate(connection.User, known with { Connections = rest }, known))
            {
                Interlocked.Decrement(ref _connections);
                return;
            }
        }
    }

    /// <summary>Replaces what is known of the user's other nodes. Nothing happens for a user who is not here.</summary>
    public void SetElsewhere(UserId user, IEnumerable<NodeIncarnation> nodes) => ChangeElsewhere(user, _ => nodes.ToImmutableHashSet());

    /// <summary>False for a user who is not here.</summary>
    public bool TryAddElsewhere(UserId user, NodeIncarnation node) => ChangeElsewhere(user, nodes => nodes.Add(node));

    public void RemoveElsewhere(UserId user, NodeIncarnation node) => ChangeElsewhere(user, nodes => nodes.Remove(node));

    /// <summary>A node is dead: nobody is there any more.</summary>
    public void RemoveElsewhere(NodeIncarnation node)
    {
        foreach (var (user, known) in _users)
        {
            if (known.Elsewhere.Contains(node))
            {
                RemoveElsewhere(user, node);
            }
        }
    }

    /// <summary>All connections at this moment.</summary>
    public IReadOnlyList<Connection> Snapshot() => [.. Walk()];

    /// <summary>The connections one after the other, without a copy of them all; those that come or go meanwhile may be among them.</summary>
    public IEnumerable<Connection> Walk()
    {
        foreach (var (_, user) in _users)
        {
            foreach (var connection in user.Connections)
            {
                yield return connection;
            }
        }
    }

    /// <summary>All users at this moment.</summary>
    public IReadOnlyList<UserId> SnapshotUsers() => [.. _users.Keys];

    private bool ChangeElsewhere(UserId user, Func<ImmutableHashSet<NodeIncarnation>, ImmutableHashSet<NodeIncarnation>> change)
    {
        while (_users.TryGetValue(user, out var known))
        {
            if (_users.TryUpdate(user, known with { Elsewhere = change(known.Elsewhere) }, known))
            {
                return true;
            }

            // Somebody else changed the entry in between: change theirs.
        }

        return false;
    }
}
