// What a ds.v1 connection asks about the presence of users. Of the members of rooms: RoomPresenceCommands.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>Carries out the presence commands of a connection, for its read loop.</summary>
internal sealed class PresenceCommands(
    IPresence presence, PresenceWatch watch, WatchKeeper keeper, RoomPresenceCommands rooms, PresenceTeller teller, IConnectionRegistry registry, NodeStatus status, NodeMetrics metrics,
    IOptions<SocketNodeOptions> options)
{
    /// <summary>Users that one push tells of: a long answer goes at the reader's pace.</summary>
    private const int PushSize = 100;

    private static readonly byte[] Nothing = "null"u8.ToArray();

    /// <returns>What is wrong with the command; null where nothing is.</returns>
    public async ValueTask<CommandProblem?> ExecuteAsync(Connection connection, PresenceFrame command, CancellationToken cancellationToken)
    {
        if (command.Room is not null)
        {
            return await rooms.ExecuteAsync(connection, command, cancellationToken);
        }

        if (Problem(connection, command, out var users) is { } problem)
        {
            return problem;
        }

        try
        {
            switch (command.Op)
            {
                case PresenceOp.Get:
                    await GetAsync(connection, users, command.Id, cancellationToken);
                    break;
                case PresenceOp.Sub:
                    return await SubscribeAsync(connection, users, command.Id, cancellationToken);
                case PresenceOp.Unsub:
                    Unsubscribe(connection, command.Users is null ? null : users, command.Id);
                    break;
                case PresenceOp.Set:
                    await SetAsync(connection, command, cancellationToken);
                    break;
            }
        }
        catch (RegistryUnavailableException)
        {
            connection.Send(new Push.Error(ErrorCode.Unavailable, "the store does not answer; ask again", command.Id, Push.RetryAfter));
        }

        return null;
    }

    private CommandProblem? Problem(Connection connection, PresenceFrame command, out List<UserId> users)
    {
        users = [];
        foreach (var name in command.Users?.Distinct() ?? [])
        {
            if (!UserId.TryParse(name, out var user, out var problem, "a name in 'users'"))
            {
                return new CommandProblem(ErrorCode.BadRecipient, problem, command.Id);
            }

            users.Add(user);
        }

        return command.Op switch
        {
            PresenceOp.Get or PresenceOp.Sub when !connection.Grants.Direct =>
                new CommandProblem(ErrorCode.Forbidden, "the token does not let its user see the presence of users (ds.dm)", command.Id),
            PresenceOp.Get or PresenceOp.Sub when users.Count == 0 => new CommandProblem(ErrorCode.BadFrame, "'users' is empty", command.Id),
            PresenceOp.Set when command.Status.Length > options.Value.Limits.StatusBytes =>
                Reached(LimitNames.StatusBytes, ErrorCode.TooLarge, $"'status' is longer than {options.Value.Limits.StatusBytes} bytes", command.Id),
            _ => null,
        };
    }

    private CommandProblem Reached(string limit, ErrorCode code, string reason, string? id)
    {
        metrics.LimitReached(limit);
        return new CommandProblem(code, reason, id) { Limit = limit };
    }

    private async Task GetAsync(Connection connection, List<UserId> users, string? id, CancellationToken cancellationToken)
    {
        var own = await ReadDevicesAsync(connection, users, cancellationToken);
        foreach (var part in users.Chunk(PushSize))
        {
            var states = await Task.WhenAll(part.Select(user => presence.ReadAsync(user, cancellationToken)));
            connection.Send(new Push.Presence(states) { Id = id, Own = own });
            await connection.WhenRoomAsync();
        }
    }

    private async Task<CommandProblem?> SubscribeAsync(Connection connection, List<UserId> users, string? id, CancellationToken cancellationToken)
    {
        var most = options.Value.Limits.PresenceUsers;
        var watcher = connection.Watcher ??= new PresenceWatcher(watch, states => Show(connection, states));
        if (watch.TryAdd(watcher, users, most) is not { } added)
        {
            return Reached(LimitNames.PresenceUsers, ErrorCode.LimitReached, $"a connection watches at most {most} users", id);
        }

        try
        {
            var own = await ReadDevicesAsync(connection, users, cancellationToken);
            foreach (var part in users.Chunk(PushSize))
            {
                var states = await keeper.WatchAsync(part, cancellationToken);
                watch.Answer(watcher, states, newest => connection.Send(new Push.Presence(newest) { Id = id, Own = own }));
                await connection.WhenRoomAsync();
            }
        }
        catch
        {
            watch.Remove(watcher, added);
            throw;
        }

        return null;
    }

    private void Unsubscribe(Connection connection, List<UserId>? users, string? id)
    {
        if (connection.Watcher is { } watcher)
        {
            watch.Remove(watcher, users ?? [.. watcher.Users]);
        }

        if (users is null)
        {
            connection.RoomWatcher?.EndAll();
        }

        if (id is not null)
        {
            connection.Send(new Push.PresenceEnded(id));
        }
    }

    private async Task SetAsync(Connection connection, PresenceFrame command, CancellationToken cancellationToken)
    {
        var value = command.Status.Span.SequenceEqual(Nothing) ? default : command.Status;
        var change = await presence.SetStatusAsync(connection.User, value, cancellationToken);
        teller.Tell(change);
        connection.Send(new Push.Presence([change.State]) { Id = command.Id });
    }

    /// <summary>A token that came since may not allow it any more.</summary>
    private static void Show(Connection connection, IReadOnlyList<PresenceState> states)
    {
        foreach (var part in connection.Grants.Direct ? states.Chunk(PushSize) : [])
        {
            connection.Send(new Push.Presence(part));
        }
    }

    /// <summary>The devices of the connection's own user, if they are among <paramref name="users"/>; nobody else is told of them.</summary>
    private async Task<OwnDevices?> ReadDevicesAsync(Connection connection, List<UserId> users, CancellationToken cancellationToken)
    {
        if (!users.Contains(connection.User))
        {
            return null;
        }

        var located = registry.LocateAsync(connection.User, cancellationToken);
        var seen = await presence.ReadDevicesAsync(connection.User, cancellationToken);
        var sessions = (await located).Where(session => status.Nodes.Counts(session.Node)).ToList();
        return new OwnDevices(connection.User,
        [
            .. sessions.OrderBy(session => session.Since).Select(session => new PresenceDevice(NameOf(session.Device), Online: true, session.Since)),
            .. seen.Where(device => sessions.All(session => session.Device != device.Key)).OrderBy(device => device.Value)
                .Select(device => new PresenceDevice(NameOf(device.Key), Online: false, device.Value)),
        ]);
    }

    private static string? NameOf(DeviceId device) => device == DeviceId.Plain ? null : device.Value;
}
