// What a ds.v1 connection asks about the presence of the members of rooms.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>Carries out the presence commands of a connection that name a room, for its read loop. Who is in the room and may read it sees its members.</summary>
internal sealed class RoomPresenceCommands(IPresence presence, RoomWatch watch, NodeMetrics metrics, IOptions<SocketNodeOptions> options)
{
    /// <summary>Users that are looked up at once.</summary>
    private const int BatchSize = 100;

    private LimitOptions Limits => options.Value.Limits;

    /// <returns>What is wrong with the command; null where nothing is.</returns>
    public async ValueTask<CommandProblem?> ExecuteAsync(Connection connection, PresenceFrame command, CancellationToken cancellationToken)
    {
        if (!RoomId.TryParse(command.Room, out var room, out var problem))
        {
            return new CommandProblem(ErrorCode.BadRecipient, problem, command.Id);
        }

        if (command.Op == PresenceOp.Unsub)
        {
            Unsubscribe(connection, room, command.Id);
            return null;
        }

        if (RoomCommands.WhyNotAmong(connection, room, command.Id) is { } refused)
        {
            return refused;
        }

        try
        {
            return await (command.Op == PresenceOp.Sub ? SubscribeAsync(connection, room, command.Id) : GetAsync(connection, room, command.Id, cancellationToken));
        }
        catch (Exception exception) when (exception is RegistryUnavailableException or RoomsUnavailableException)
        {
            return new CommandProblem(ErrorCode.Unavailable, "the store does not answer; ask again", command.Id);
        }
    }

    private async Task<CommandProblem?> GetAsync(Connection connection, RoomId room, string? id, CancellationToken cancellationToken)
    {
        var (members, _) = await watch.ListAsync(room);
        if (members is null)
        {
            return TooLarge(id);
        }

        var online = new List<PresenceState>();
        foreach (var batch in members.Chunk(BatchSize))
        {
            online.AddRange((await Task.WhenAll(batch.Select(user => presence.ReadAsync(user, cancellationToken)))).Where(state => state.Online));
        }

        var parts = RoomPicture.Split(online);
        foreach (var (index, part) in parts.Index())
        {
            connection.Send(new Push.RoomPresence(room, part, members.Count, More: index < parts.Count - 1, id));
            await connection.WhenRoomAsync();
        }

        return null;
    }

    private async Task<CommandProblem?> SubscribeAsync(Connection connection, RoomId room, string? id)
    {
        var watcher = connection.RoomWatcher ??= new RoomWatcher(watch, connection.Send);
        if (!watch.TryAdd(watcher, room, Limits.PresenceRooms))
        {
            return Reached(LimitNames.PresenceRooms, $"a connection watches at most {Limits.PresenceRooms} rooms", id);
        }

        // Who was taken out before it was added has not been taken off.
        var problem = RoomCommands.WhyNotAmong(connection, room, id);
        try
        {
            problem ??= await watch.AnswerAsync(watcher, room, id, connection.WhenRoomAsync) switch
            {
                RoomAnswer.Shown => null,
                RoomAnswer.TooLarge => TooLarge(id),
                _ => new CommandProblem(ErrorCode.NoSuchRoom, $"you are not in the room '{room}' any more", id),
            };
        }
        catch
        {
            watcher.End(room);
            throw;
        }

        if (problem is not null)
        {
            watcher.End(room);
        }

        return problem;
    }

    private static void Unsubscribe(Connection connection, RoomId room, string? id)
    {
        connection.RoomWatcher?.End(room);
        if (id is not null)
        {
            connection.Send(new Push.PresenceEnded(id));
        }
    }

    private CommandProblem TooLarge(string? id) => Reached(LimitNames.PresenceRoomMembers, $"rooms of more than {Limits.PresenceRoomMembers} members are not watched", id);

    private CommandProblem Reached(string limit, string reason, string? id)
    {
        metrics.LimitReached(limit);
        return new CommandProblem(ErrorCode.LimitReached, reason, id) { Limit = limit };
    }
}
