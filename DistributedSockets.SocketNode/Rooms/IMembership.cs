// Who is in which rooms, and how far their devices have read there.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// Who is in which rooms, and how far their devices have read there. What a user is in is decided with the user; a room's list of members follows. A caller that dies in between
/// leaves an intent, which the user's next <see cref="ReadRoomsAsync"/> finishes, as does the same call again.
/// <para>Every member throws <see cref="RoomsUnavailableException"/> when the store does not answer in time; the outcome is then unknown, and the call may be repeated.</para>
/// </summary>
internal interface IMembership
{
    /// <summary>
    /// Makes the user a member. Every device with a place in the inbox has one in the room then, at the end of its log. Who is a member stays one, and is entered in the list
    /// again should it have lost them.
    /// </summary>
    Task<JoinedRoom> JoinAsync(UserId user, RoomId room, CancellationToken cancellationToken);

    /// <summary>Makes the user a member no more; also for who is none.</summary>
    Task<LeftRoom> LeaveAsync(UserId user, RoomId room, CancellationToken cancellationToken);

    /// <summary>The members in the order in which they joined.</summary>
    /// <param name="after">Behind whom; from the beginning when null, or no member any more.</param>
    /// <param name="limit">How many at most.</param>
    Task<MemberPage> ListAsync(RoomId room, UserId? after, int limit, CancellationToken cancellationToken);

    /// <summary>The version of each room's list of members, in one round trip: how a node finds out that a list it knows has changed.</summary>
    Task<IReadOnlyList<MembersVersion>> ReadVersionsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken);

    /// <summary>The rooms that the user is in, everyone's not among them, after what was left half done is finished.</summary>
    /// <param name="device">The device whose places are wanted; it has one in each room from then on. Null for none.</param>
    Task<IReadOnlyList<RoomPlace>> ReadRoomsAsync(UserId user, DeviceId? device, CancellationToken cancellationToken);

    /// <summary>
    /// A device says hello: as <see cref="ReadRoomsAsync"/>, and where it is in everyone's room, in the same round trip. One that was not seen before starts there at the end.
    /// </summary>
    /// <param name="everyone">The end of the log of everyone's room, as far as the caller knows.</param>
    Task<DeviceRooms> BeginAsync(UserId user, DeviceId device, LogEnd everyone, CancellationToken cancellationToken);

    /// <summary>
    /// Moves the device's place, forward only, and only in the life of the log that the user's places are in. The caller has made sure that the device was sent what it acknowledges.
    /// </summary>
    /// <returns>Whether it has moved.</returns>
    Task<bool> AcknowledgeAsync(UserId user, DeviceId device, RoomId room, LogEnd place, CancellationToken cancellationToken);

    /// <summary>Moves the user's read mark, by the same rules.</summary>
    /// <returns>Where the user is, when it has moved; else null.</returns>
    Task<IReadOnlyList<Session>?> MarkReadAsync(UserId user, RoomId room, LogEnd mark, CancellationToken cancellationToken);

    /// <summary>The log has begun another life: all places of the user in <paramref name="epoch"/> are at the beginning of <paramref name="next"/> from now on.</summary>
    /// <returns>Whether they were in that one.</returns>
    Task<bool> RestartAsync(UserId user, RoomId room, string epoch, string next, CancellationToken cancellationToken);
}

/// <summary>What became of a join.</summary>
/// <param name="IsNew">Whether the list of members has changed.</param>
/// <param name="End">The end of the room's log.</param>
/// <param name="Since">Since when the user is a member, by the store's clock: milliseconds since 1970 UTC.</param>
/// <param name="Count">How many members the room has.</param>
/// <param name="Version">Of the list of members; rises with each change.</param>
/// <param name="Sessions">Where the user was at that moment.</param>
internal sealed record JoinedRoom(JoinOutcome Outcome, bool IsNew, LogEnd End, long Since, long Count, long Version, IReadOnlyList<Session> Sessions)
{
    /// <summary>The user is not in the room.</summary>
    public static JoinedRoom Not(JoinOutcome why) => new(why, IsNew: false, default, 0, 0, 0, []);
}

internal enum JoinOutcome
{
    Joined,

    /// <summary>The user is in too many rooms.</summary>
    TooManyRooms,

    /// <summary>The room has too many members.</summary>
    RoomFull,

    /// <summary>A leave of the same user has overtaken the join.</summary>
    Left,
}

/// <summary>What became of a leave.</summary>
/// <param name="WasMember">Whether the user was one; not for who was about to join or to leave.</param>
/// <param name="IsOut">Whether the list of members has changed.</param>
/// <param name="Count">How many members the room has.</param>
/// <param name="Version">Of the list of members.</param>
/// <param name="Sessions">Where the user was at that moment.</param>
internal sealed record LeftRoom(bool WasMember, bool IsOut, long Count, long Version, IReadOnlyList<Session> Sessions);

/// <summary>Some members of a room.</summary>
/// <param name="Count">How many there are in all.</param>
/// <param name="AtEnd">Whether nobody is behind them.</param>
/// <param name="Version">Of the list that they were read from.</param>
internal sealed record MemberPage(IReadOnlyList<RoomMember> Members, long Count, bool AtEnd, MembersVersion Version);

/// <summary>Tells a list of members from what it was before.</summary>
/// <param name="Number">Rises with each change.</param>
/// <param name="Epoch">The life of the room that it counts in; null for a room that there is not.</param>
internal readonly record struct MembersVersion(long Number, string? Epoch);

/// <param name="Since">When they joined, by the store's clock: milliseconds since 1970 UTC.</param>
internal readonly record struct RoomMember(UserId User, long Since);

/// <summary>A room of a user.</summary>
/// <param name="Place">Up to where the device has everything; without a device, where the one is that has come furthest.</param>
/// <param name="Read">The user's read mark, in the same epoch.</param>
internal sealed record RoomPlace(RoomId Room, LogEnd Place, long Read);

/// <summary>The rooms that a device begins in.</summary>
/// <param name="Everyone">The one that everybody is in.</param>
/// <param name="Joined">Those that its user is a member of.</param>
internal sealed record DeviceRooms(RoomPlace Everyone, IReadOnlyList<RoomPlace> Joined);
