// The logs and memberships of rooms behind a link that a test can cut.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Support;

/// <summary>The logs of rooms behind a link that a test can cut.</summary>
internal sealed class FaultyRoomLog(IRoomLog inner, StoreLink link) : IRoomLog
{
    public Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(AppendAsync), () => inner.AppendAsync(room, messages, seen, cancellationToken), Away);

    public Task<LogAppended> ChangeAsync(RoomId room, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ChangeAsync), () => inner.ChangeAsync(room, change, seen, cancellationToken), Away);

    public Task<LogStart> BeginAsync(RoomId room, UserId? user, LogEnd place, LogEnd? since, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(BeginAsync), () => inner.BeginAsync(room, user, place, since, cancellationToken), Away);

    public Task<LogPage> ReadAsync(RoomId room, long after, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadAsync), () => inner.ReadAsync(room, after, reader, cancellationToken), Away);

    public Task<LogPage> ReadHistoryAsync(RoomId room, LogRange range, int limit, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadHistoryAsync), () => inner.ReadHistoryAsync(room, range, limit, cancellationToken), Away);

    public Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        link.PassAsync("ReadRoomEndsAsync", () => inner.ReadEndsAsync(rooms, cancellationToken), Away);

    private static RoomsUnavailableException Away() => new("the store is away", new TimeoutException());
}

/// <summary>Who is in which rooms, behind a link that a test can cut.</summary>
internal sealed class FaultyMembership(IMembership inner, StoreLink link) : IMembership
{
    public Task<JoinedRoom> JoinAsync(UserId user, RoomId room, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(JoinAsync), () => inner.JoinAsync(user, room, cancellationToken), Away);

    public Task<LeftRoom> LeaveAsync(UserId user, RoomId room, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(LeaveAsync), () => inner.LeaveAsync(user, room, cancellationToken), Away);

    public Task<MemberPage> ListAsync(RoomId room, UserId? after, int limit, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ListAsync), () => inner.ListAsync(room, after, limit, cancellationToken), Away);

    public Task<IReadOnlyList<MembersVersion>> ReadVersionsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadVersionsAsync), () => inner.ReadVersionsAsync(rooms, cancellationToken), Away);

    public Task<IReadOnlyList<RoomPlace>> ReadRoomsAsync(UserId user, DeviceId? device, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadRoomsAsync), () => inner.ReadRoomsAsync(user, device, cancellationToken), Away);

    public Task<DeviceRooms> BeginAsync(UserId user, DeviceId device, LogEnd everyone, CancellationToken cancellationToken) =>
        link.PassAsync("BeginRoomsAsync", () => inner.BeginAsync(user, device, everyone, cancellationToken), Away);

    public Task<bool> AcknowledgeAsync(UserId user, DeviceId device, RoomId room, LogEnd place, CancellationToken cancellationToken) =>
        link.PassAsync("AcknowledgeRoomAsync", () => inner.AcknowledgeAsync(user, device, room, place, cancellationToken), Away);

    public Task<IReadOnlyList<Session>?> MarkReadAsync(UserId user, RoomId room, LogEnd mark, CancellationToken cancellationToken) =>
        link.PassAsync("MarkRoomReadAsync", () => inner.MarkReadAsync(user, room, mark, cancellationToken), Away);

    public Task<bool> RestartAsync(UserId user, RoomId room, string epoch, string next, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(RestartAsync), () => inner.RestartAsync(user, room, epoch, next, cancellationToken), Away);

    private static RoomsUnavailableException Away() => new("the store is away", new TimeoutException());
}
