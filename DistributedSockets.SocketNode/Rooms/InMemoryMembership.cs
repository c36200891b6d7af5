// Who is in which rooms, in this process: for a node alone and for several nodes in one process.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Who is in which rooms, in this process. One instance serves all nodes in it.</summary>
internal sealed class InMemoryMembership(
    InMemoryRoomLog log, InMemoryConnectionRegistry registry, RoomLimits limits, TimeProvider time, InMemoryHookQueue? hooks = null) : IMembership
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserId, User> _users = [];

    private sealed class User
    {
        public Dictionary<RoomId, Row> Rooms { get; } = [];

        /// <summary>Those that have asked for their rooms: every device does when it says hello. The one that did longest ago first.</summary>
        public List<DeviceId> Devices { get; } = [];
    }

    /// <summary>A user's places in a room.</summary>
    private sealed class Row(LogEnd end)
    {
        public string Epoch { get; private set; } = end.Epoch!;

        public long Mark { get; set; } = end.Rseq;

        public long Read { get; set; } = end.Rseq;

        public Dictionary<DeviceId, long> Places { get; } = [];

        public void Restart(string epoch)
        {
            (Epoch, Mark, Read) = (epoch, 0, 0);
            foreach (var device in Places.Keys.ToList())
            {
                Places[device] = 0;
            }
        }
    }

    public Task<JoinedRoom> JoinAsync(UserId user, RoomId room, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var of = Of(user);
            var isMember = of.Rooms.ContainsKey(room);
            return !isMember && of.Rooms.Keys.Count(other => other != RoomId.Everyone) >= limits.RoomsPerUser ? Task.FromResult(JoinedRoom.Not(JoinOutcome.TooManyRooms)) : log.With(room, it =>
            {
                if (!isMember && it.Members.Count >= limits.Members)
                {
                    return JoinedRoom.Not(JoinOutcome.RoomFull);
                }

                if (!isMember)
                {
                    of.Rooms[room] = new Row(it.End);
                    of.Devices.ForEach(device => of.Rooms[room].Places[device] = it.End.Rseq);
                }

                var isNew = it.Members.Add(user, time.GetUtcNow().ToUnixTimeMilliseconds());
                if (isNew && it.Members.Count == 1)
                {
                    hooks?.Enter(HookOwner.Of(room), new RoomHook(Occupied: true, user));
                }

                return new JoinedRoom(JoinOutcome.Joined, isNew, it.End, it.Members.Since(user), it.Members.Count, it.Members.Version, registry.Locate(user));
            });
        }
    }

    public Task<LeftRoom> LeaveAsync(UserId user, RoomId room, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var wasMember = Of(user).Rooms.Remove(room);
            return log.With(room, it =>
            {
                var isOut = it.Members.Remove(user);
                if (isOut && it.Members.Count == 0)
                {
                    hooks?.Enter(HookOwner.Of(room), new RoomHook(Occupied: false, user));
                }

                return new LeftRoom(wasMember, isOut, it.Members.Count, it.Members.Version, registry.Locate(user));
            });
        }
    }

    public Task<MemberPage> ListAsync(RoomId room, UserId? after, int limit, CancellationToken cancellationToken) =>
        log.With(room, it => it.Members.Page(after, limit, it.End.Epoch!));

    public async Task<IReadOnlyList<MembersVersion>> ReadVersionsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        await Task.WhenAll(rooms.Select(room => log.With(room, it => new MembersVersion(it.Members.Version, it.End.Epoch))));

    public Task<IReadOnlyList<RoomPlace>> ReadRoomsAsync(UserId user, DeviceId? device, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RoomPlace>>([.. ReadPlaces(user, device, everyone: null).Where(place => place.Room != RoomId.Everyone)]);

    public Task<DeviceRooms> BeginAsync(UserId user, DeviceId device, LogEnd everyone, CancellationToken cancellationToken)
    {
        var places = ReadPlaces(user, device, everyone);
        return Task.FromResult(new DeviceRooms(places.Single(place => place.Room == RoomId.Everyone), [.. places.Where(place => place.Room != RoomId.Everyone)]));
    }

    public Task<bool> AcknowledgeAsync(UserId user, DeviceId device, RoomId room, LogEnd place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Find(user, room, place) is not { } row || place.Rseq <= row.Places.GetValueOrDefault(device, row.Mark))
            {
                return Task.FromResult(false);
            }

            EnterPlace(Of(user), row, device);
            row.Places[device] = place.Rseq;
            row.Mark = Math.Max(row.Mark, place.Rseq);
            return Task.FromResult(true);
        }
    }

    public Task<IReadOnlyList<Session>?> MarkReadAsync(UserId user, RoomId room, LogEnd mark, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Find(user, room, mark) is not { } row || mark.Rseq <= row.Read)
            {
                return Task.FromResult<IReadOnlyList<Session>?>(null);
            }

            row.Read = mark.Rseq;
            return Task.FromResult<IReadOnlyList<Session>?>(registry.Locate(user));
        }
    }

    public Task<bool> RestartAsync(UserId user, RoomId room, string epoch, string next, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var row = Find(user, room, new LogEnd(0, epoch));
            row?.Restart(next);
            return Task.FromResult(row is not null);
        }
    }

    private List<RoomPlace> ReadPlaces(UserId user, DeviceId? device, LogEnd? everyone)
    {
        lock (_lock)
        {
            var of = Of(user);
            if (device is { } own)
            {
                of.Devices.Remove(own);
                of.Devices.Add(own);
                of.Devices.RemoveRange(0, Math.Max(of.Devices.Count - limits.Devices, 0));
            }

            if (everyone is { } end && device is { } beginning)
            {
                of.Rooms.TryAdd(RoomId.Everyone, new Row(end));
                if (of.Rooms[RoomId.Everyone] is { } row && row.Epoch == end.Epoch)
                {
                    // Whatever others have acknowledged.
                    row.Places.TryAdd(beginning, end.Rseq);
                }
            }

            return [.. of.Rooms.Select(room => new RoomPlace(room.Key, new LogEnd(EnterPlace(of, room.Value, device), room.Value.Epoch), room.Value.Read))];
        }
    }

    /// <summary>Where a device is; it has a place from then on. Of too many those go that have not said hello for longest.</summary>
    private long EnterPlace(User of, Row row, DeviceId? device)
    {
        if (device is not { } own)
        {
            return row.Mark;
        }

        if (row.Places.TryAdd(own, row.Mark) && row.Places.Count > limits.Devices)
        {
            foreach (var other in row.Places.Keys.Except(of.Devices).Where(other => other != own).ToList())
            {
                row.Places.Remove(other);
            }
        }

        return row.Places[own];
    }

    private User Of(UserId user)
    {
        if (!_users.TryGetValue(user, out var of))
        {
            _users.Add(user, of = new User());
        }

        return of;
    }

    /// <summary>The user's places in a room, if they count in that epoch.</summary>
    private Row? Find(UserId user, RoomId room, LogEnd place) => Of(user).Rooms.TryGetValue(room, out var row) && row.Epoch == place.Epoch ? row : null;
}
