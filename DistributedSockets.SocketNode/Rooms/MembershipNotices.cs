// Tells the user's connections, here and on other nodes, that the user's rooms have changed, and whoever watches the room.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// Tells the user's connections, here and on other nodes, that the user's rooms have changed, and whoever watches the room. A node that may not have heard of it is left word, as with lost hints.
/// </summary>
internal sealed class MembershipNotices(ConnectionTable table, INodeBus bus, MissedHints missed, MemberTeller members, NodeStatus status)
{
    /// <param name="room">Which the user has joined or left.</param>
    /// <param name="sessions">Where the user was when their rooms changed.</param>
    /// <param name="except">A connection that knows already.</param>
    public async Task TellAsync(UserId user, RoomId room, IReadOnlyList<Session> sessions, Connection? except)
    {
        members.Tell(room);
        var here = RefreshAsync(user, except);
        var nodes = sessions.Select(session => session.Node).Where(node => node != status.Self).Distinct();
        await Task.WhenAll(nodes.Select(async node =>
        {
            // One that is taken for dead may only have been slow to renew its lease, and reads what it is left when it has.
            if (!status.Nodes.Counts(node) || await bus.TellAsync(node, new Notice.Membership(status.Self, user), CancellationToken.None) != PublishOutcome.Routed)
            {
                missed.Add(node, user);
            }
        }));
        await here;
    }

    /// <summary>The user's rooms may have changed: the connections here follow.</summary>
    public Task RefreshAsync(UserId user, Connection? except = null) => Task.WhenAll(
        (table.Find(user)?.Connections ?? []).Where(connection => connection != except && connection.HasRooms).Select(connection => connection.Rooms.RefreshAsync()));
}
