// Who is in which rooms, in Redis: a row in the user's slot, an entry in the room's.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// Who is in which rooms, in Redis: a row in the user's slot, which decides, and an entry in the room's list. No script touches both, so each change has three steps: the row says what is
/// wanted, the list follows, the row says that it is done. Each join and leave of a user has a stamp that rises, and the list keeps the join's: a step that comes late takes nothing
/// back that was decided after it. A call that was sent is not cancelled any more.
/// </summary>
internal sealed class RedisMembership(IConnectionMultiplexer redis, RoomLimits limits, WantedHooks? wanted = null) : IMembership
{
    private const int ValuesPerRow = 6;

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly WantedHooks _hooks = wanted ?? WantedHooks.None;

    private long Retention => (long)limits.Retention.TotalMilliseconds;

    public Task<JoinedRoom> JoinAsync(UserId user, RoomId room, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var stamp = await InUserAsync(RedisScripts.JoinUser, user, room.Value, limits.RoomsPerUser, RoomId.Everyone.Value);
                return stamp.IsNull ? JoinedRoom.Not(JoinOutcome.TooManyRooms) : await FinishJoinAsync(user, room, (long)stamp);
            },
            cancellationToken);

    public Task<LeftRoom> LeaveAsync(UserId user, RoomId room, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var leaving = await InUserAsync(RedisScripts.LeaveUser, user, room.Value);
                var left = await FinishLeaveAsync(user, room, (long)leaving[0]);
                return new LeftRoom((bool)leaving[1], (bool)left[2], (long)left[0], (long)left[1], SessionCodec.ReadAll(user, leaving[2]));
            },
            cancellationToken);

    public Task<MemberPage> ListAsync(RoomId room, UserId? after, int limit, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = (RedisResult[])(await InRoomAsync(RedisScripts.ReadMembers, room, after?.Value ?? "", limit))!;
                var members = answer.Skip(4).Chunk(2).Select(pair => new RoomMember(new UserId(pair[0].ToString()), ToMs((long)pair[1])));
                return new MemberPage([.. members], (long)answer[0], (bool)answer[1], new MembersVersion((long)answer[2], NullIfEmpty(answer[3].ToString())));
            },
            cancellationToken);

    public Task<IReadOnlyList<MembersVersion>> ReadVersionsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<MembersVersion>>(
            async () =>
            {
                var versions = await Task.WhenAll(rooms.Select(room => _database.HashGetAsync(RedisKeys.Meta(room), ["mv", "epoch"])));
                return [.. versions.Select(version => new MembersVersion((long)version[0], (string?)version[1]))];
            },
            cancellationToken);

    public Task<IReadOnlyList<RoomPlace>> ReadRoomsAsync(UserId user, DeviceId? device, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<RoomPlace>>(
            async () => [.. (await ReadPlacesAsync(user, device, everyone: null)).Where(place => place.Room != RoomId.Everyone)], cancellationToken);

    public Task<DeviceRooms> BeginAsync(UserId user, DeviceId device, LogEnd everyone, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var places = await ReadPlacesAsync(user, device, everyone);
                return new DeviceRooms(places.Single(place => place.Room == RoomId.Everyone), [.. places.Where(place => place.Room != RoomId.Everyone)]);
            },
            cancellationToken);

    public Task<bool> AcknowledgeAsync(UserId user, DeviceId device, RoomId room, LogEnd place, CancellationToken cancellationToken) =>
        AskAsync(
            async () => (bool)await InUserAsync(
                RedisScripts.AckRoom, user, room.Value, place.Epoch ?? "", place.Rseq, RedisKeys.DeviceField(device), limits.Devices),
            cancellationToken);

    public Task<IReadOnlyList<Session>?> MarkReadAsync(UserId user, RoomId room, LogEnd mark, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var sessions = await InUserAsync(RedisScripts.MarkRoom, user, room.Value, mark.Epoch ?? "", mark.Rseq);
                return sessions.IsNull ? null : SessionCodec.ReadAll(user, sessions);
            },
            cancellationToken);

    public Task<bool> RestartAsync(UserId user, RoomId room, string epoch, string next, CancellationToken cancellationToken) =>
        AskAsync(async () => (bool)await InUserAsync(RedisScripts.RestartRoom, user, room.Value, epoch, next), cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new RoomsUnavailableException(text, inner), verb, cancellationToken);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static long ToMs(long stamp) => stamp / 1000;

    /// <summary>The second and third step of a join.</summary>
    private async Task<JoinedRoom> FinishJoinAsync(UserId user, RoomId room, long stamp)
    {
        var listed = await ChangeListAsync(RedisScripts.JoinRoom, room, Guid.NewGuid().ToString("N"), user.Value, stamp, limits.Members, Retention);
        if (listed.IsNull)
        {
            await InUserAsync(RedisScripts.LeftUser, user, room.Value, stamp);
            return JoinedRoom.Not(JoinOutcome.RoomFull);
        }

        var end = new LogEnd((long)listed[1], listed[0].ToString());
        var joined = await InUserAsync(RedisScripts.JoinedUser, user, room.Value, stamp, end.Epoch, end.Rseq);
        if (!(bool)joined[0])
        {
            // The leave may have been at the list before this join was. Killed here, this call leaves an entry without a row, until the user's next join or leave.
            await LeaveListAsync(user, room, stamp);
            return JoinedRoom.Not(JoinOutcome.Left);
        }

        return new JoinedRoom(
            JoinOutcome.Joined, (bool)listed[5], end, Since: ToMs((long)listed[4]), Count: (long)listed[2], Version: (long)listed[3], SessionCodec.ReadAll(user, joined[1]));
    }

    /// <summary>The second and third step of a leave.</summary>
    private async Task<RedisResult> FinishLeaveAsync(UserId user, RoomId room, long stamp)
    {
        var left = await LeaveListAsync(user, room, stamp);
        await InUserAsync(RedisScripts.LeftUser, user, room.Value, stamp);
        return left;
    }

    private Task<RedisResult> LeaveListAsync(UserId user, RoomId room, long stamp) =>
        ChangeListAsync(RedisScripts.LeaveRoom, room, user.Value, stamp, Retention);

    /// <summary>After what was left half done is finished.</summary>
    private async Task<IReadOnlyList<RoomPlace>> ReadPlacesAsync(UserId user, DeviceId? device, LogEnd? everyone)
    {
        var rows = await ReadRowsAsync(user, device, everyone);
        var halfDone = rows.Where(row => row.State != "m").ToList();
        if (halfDone.Count > 0)
        {
            foreach (var row in halfDone)
            {
                await (row.State == "j" ? (Task)FinishJoinAsync(user, row.Place.Room, row.Stamp) : FinishLeaveAsync(user, row.Place.Room, row.Stamp));
            }

            rows = await ReadRowsAsync(user, device, everyone);
        }

        // Half done again: somebody else is at it now, and tells.
        return [.. rows.Where(row => row.State == "m").Select(row => row.Place)];
    }

    private async Task<List<(string State, long Stamp, RoomPlace Place)>> ReadRowsAsync(UserId user, DeviceId? device, LogEnd? everyone)
    {
        var answer = (RedisResult[])(await InUserAsync(
            RedisScripts.ReadRoomsOf, user, device is { } own ? RedisKeys.DeviceField(own) : "", limits.Devices,
            everyone is null ? "" : RoomId.Everyone.Value, everyone?.Epoch ?? "", everyone?.Rseq ?? 0))!;
        return [.. answer.Chunk(ValuesPerRow).Select(row => (
            row[1].ToString(), (long)row[2], new RoomPlace(new RoomId(row[0].ToString()), new LogEnd((long)row[4], row[3].ToString()), (long)row[5])))];
    }

    private Task<RedisResult> InUserAsync(RedisScript script, UserId user, params RedisValue[] arguments) =>
        _database.ScriptEvaluateAsync(script, [RedisKeys.Rooms(user), RedisKeys.Cursors(user), RedisKeys.Sessions(user)], arguments);

    /// <summary>A room that has its first member, or none any more, is told to the application's back end where it wants it.</summary>
    private async Task<RedisResult> ChangeListAsync(RedisScript script, RoomId room, params RedisValue[] arguments)
    {
        if (_hooks.IsNone)
        {
            return await InRoomAsync(script, room, [.. arguments, ""]);
        }

        var owner = HookOwner.Of(room);
        await RedisHookNotes.NoteAsync(_database, owner);
        return await _database.ScriptEvaluateAsync(script, [.. RedisRoomLog.Keys(room), RedisKeys.Events(owner), RedisKeys.Hook(owner)], [.. arguments, _hooks.Argument]);
    }

    private Task<RedisResult> InRoomAsync(RedisScript script, RoomId room, params RedisValue[] arguments) =>
        _database.ScriptEvaluateAsync(script, RedisRoomLog.Keys(room), arguments);
}
