// What a ds.v1 client asks for in rooms.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Carries out what a ds.v1 connection asks for in rooms. What is refused comes back as a problem.</summary>
internal sealed class RoomCommands(IMembership membership, IRoomLog log, MembershipNotices notices, RoomLimits limits, INodeBus bus, NodeStatus status, ConnectionTable table, NodeMetrics metrics)
{
    public async ValueTask<CommandProblem?> JoinAsync(Connection connection, RoomId room, LogEnd? since, string? id, CancellationToken cancellationToken)
    {
        if ((room.IsReserved ? Reserve(id) : WhyNot(connection, room, RoomAccess.Read, id)) is { } refused)
        {
            return refused;
        }

        try
        {
            var joined = await membership.JoinAsync(connection.User, room, cancellationToken);
            switch (joined.Outcome)
            {
                case JoinOutcome.TooManyRooms:
                    return Reached(LimitNames.RoomsPerConnection, $"a user is in at most {limits.RoomsPerUser} rooms; leave one first", id);
                case JoinOutcome.RoomFull:
                    return Reached(LimitNames.RoomMembers, $"a room has at most {limits.Members} members", id);
                case JoinOutcome.Left:
                    return new CommandProblem(ErrorCode.NoSuchRoom, "another device has left the room meanwhile", id);
            }

            var place = joined.IsNew ? new RoomPlace(room, joined.End, joined.End.Rseq) : await ReadPlaceAsync(connection, room, joined.End, cancellationToken);
            await connection.Rooms.EnterAsync(place, since, new Asked(id));
            if (joined.IsNew)
            {
                await notices.TellAsync(connection.User, room, joined.Sessions, except: connection);
            }

            return null;
        }
        catch (RoomsUnavailableException)
        {
            return Unavailable(id);
        }
    }

    public async ValueTask<CommandProblem?> LeaveAsync(Connection connection, RoomId room, string? id, CancellationToken cancellationToken)
    {
        if (room.IsReserved)
        {
            return Reserve(id);
        }

        try
        {
            var left = await membership.LeaveAsync(connection.User, room, cancellationToken);
            await connection.Rooms.LeaveAsync(room, new Asked(id));
            await notices.TellAsync(connection.User, room, left.Sessions, except: connection);
            return null;
        }
        catch (RoomsUnavailableException)
        {
            return Unavailable(id);
        }
    }

    public async ValueTask<CommandProblem?> ListAsync(Connection connection, RoomId room, UserId? after, int limit, string? id, CancellationToken cancellationToken)
    {
        if (WhyNotAmong(connection, room, id) is { } refused)
        {
            return refused;
        }

        try
        {
            connection.Send(new Push.Members(room, await membership.ListAsync(room, after, limit, cancellationToken), id));
            return null;
        }
        catch (RoomsUnavailableException)
        {
            return Unavailable(id);
        }
    }

    public static async ValueTask<CommandProblem?> SendAsync(Connection connection, RoomId room, RoomMessage message, CancellationToken cancellationToken)
    {
        if (WhyNotIn(connection, room, RoomAccess.Write, message.ClientId.Length > 0 ? message.ClientId : null, out _) is { } refused)
        {
            return refused;
        }

        await connection.Rooms.SendAsync(room, message, cancellationToken);
        return null;
    }

    public static CommandProblem? Acknowledge(Connection connection, RoomId room, long rseq)
    {
        if (WhyNotIn(connection, room, RoomAccess.Read, id: null, out var seat) is { } refused)
        {
            return refused;
        }

        return connection.Rooms.TryAcknowledge(seat, rseq)
            ? null
            : new CommandProblem(ErrorCode.BadFrame, "'rseq' lies beyond what this connection was told of; acknowledge the rseq of a message or an ack that has arrived", null);
    }

    public async ValueTask<CommandProblem?> ReadAsync(Connection connection, RoomId room, long upto, CancellationToken cancellationToken)
    {
        if (WhyNotIn(connection, room, RoomAccess.Read, id: null, out var seat) is { } refused)
        {
            return refused;
        }

        if (upto > seat.Known)
        {
            return new CommandProblem(ErrorCode.BadFrame, "'upto' lies beyond what this connection was told of; name the rseq of a message that has arrived", null);
        }

        try
        {
            if (await membership.MarkReadAsync(connection.User, room, new LogEnd(upto, seat.Epoch), cancellationToken) is { } sessions)
            {
                Show(connection.User, room, upto, except: connection);
                foreach (var node in sessions.Select(session => session.Node).Where(node => node != status.Self).Distinct())
                {
                    bus.Tell(node, new Notice.RoomRead(status.Self, connection.User, room, upto));
                }
            }

            return null;
        }
        catch (RoomsUnavailableException)
        {
            return Unavailable(id: null);
        }
    }

    public static async ValueTask<CommandProblem?> ChangeAsync(Connection connection, RoomId room, RoomChange change, CancellationToken cancellationToken)
    {
        if (WhyNotIn(connection, room, RoomAccess.Write, change.ClientId, out _) is { } refused)
        {
            return refused;
        }

        await connection.Rooms.ChangeAsync(room, change, cancellationToken);
        return null;
    }

    public async ValueTask<CommandProblem?> ReadHistoryAsync(Connection connection, RoomId room, LogRange range, int limit, string? id, CancellationToken cancellationToken)
    {
        if (WhyNotIn(connection, room, RoomAccess.Read, id, out _) is { } refused)
        {
            return refused;
        }

        try
        {
            connection.Send(new Push.History(room, await log.ReadHistoryAsync(room, range, limit, cancellationToken), id));
            return null;
        }
        catch (RoomsUnavailableException)
        {
            return Unavailable(id);
        }
    }

    public CommandProblem? Type(Connection connection, RoomId room, bool on)
    {
        if (WhyNotIn(connection, room, RoomAccess.Write, id: null, out var seat) is { } refused)
        {
            return refused;
        }

        connection.Typing.Set(new TypingTarget(room.Value, IsRoom: true), on, shown =>
        {
            Show(seat.Feed, connection.User, shown);
            bus.Tell(BusTopology.Shard(room), new Notice.RoomTyping(status.Self, connection.User, room, shown));
        });
        return null;
    }

    /// <summary>Another device of the user, at another node, has read in a room.</summary>
    public void Hear(Notice.RoomRead read) => Show(read.User, read.Room, read.Upto, except: null);

    /// <summary>Somebody types in a room.</summary>
    public static void Show(RoomFeed feed, UserId user, bool on) => feed.Show(seat =>
    {
        if (seat.Connection.User != user)
        {
            seat.Connection.Send(new Push.RoomTyping(user, feed.Room, on));
        }
    });

    private void Show(UserId user, RoomId room, long upto, Connection? except)
    {
        foreach (var connection in table.Find(user)?.Connections ?? [])
        {
            if (connection != except && connection.HasRooms && connection.Rooms.Find(room) is not null)
            {
                connection.Send(new Push.RoomRead(room, upto));
            }
        }
    }

    /// <summary>Where a member is who says once more that they join.</summary>
    private async Task<RoomPlace> ReadPlaceAsync(Connection connection, RoomId room, LogEnd end, CancellationToken cancellationToken)
    {
        var places = await membership.ReadRoomsAsync(connection.User, connection.Session.Device, cancellationToken);
        var place = places.FirstOrDefault(known => known.Room == room) ?? new RoomPlace(room, end, end.Rseq);
        return connection.Rooms.Find(room) is { } seat ? place with { Place = seat.Place } : place;
    }

    private CommandProblem Reached(string limit, string reason, string? id)
    {
        metrics.LimitReached(limit);
        return new CommandProblem(ErrorCode.LimitReached, reason, id) { Limit = limit };
    }

    /// <summary>Why the connection may not look at the members of the room; null when it may. The system's rooms have none.</summary>
    public static CommandProblem? WhyNotAmong(Connection connection, RoomId room, string? id) =>
        room.IsReserved ? Reserve(id) : WhyNotIn(connection, room, RoomAccess.Read, id, out _);

    /// <summary>Why the connection may not do that in the room, whether it is in it or not; null when it may. Everyone's room is for all to read.</summary>
    private static CommandProblem? WhyNot(Connection connection, RoomId room, RoomAccess needed, string? id) =>
        room == RoomId.Everyone && needed == RoomAccess.Read ? null
        : room.IsReserved ? Reserve(id)
        : connection.Grants.Rooms.Of(room) < needed ? new CommandProblem(ErrorCode.Forbidden, $"the token does not let its user {(needed == RoomAccess.Write ? "write to" : "be in")} this room ({TokenClaims.Rooms})", id)
        : null;

    private static CommandProblem? WhyNotIn(Connection connection, RoomId room, RoomAccess needed, string? id, out RoomSeat seat)
    {
        seat = connection.Rooms.Find(room)!;
        return WhyNot(connection, room, needed, id)
            ?? (seat is null ? new CommandProblem(ErrorCode.NoSuchRoom, $"you are not in the room '{room}', or there is none; join it first", id) : null);
    }

    private static CommandProblem Reserve(string? id) => new(ErrorCode.Forbidden, "rooms whose names begin with 'ds.' are the system's", id);

    private static CommandProblem Unavailable(string? id) => new(ErrorCode.Unavailable, "the store does not answer; try again", id);
}
