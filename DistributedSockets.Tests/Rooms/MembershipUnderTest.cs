// Memberships with what hangs on them, and the words that their tests are written in.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

/// <summary>Memberships with what hangs on them, and the words that their tests are written in.</summary>
internal sealed record MembershipUnderTest(IMembership Membership, RoomLogUnderTest Log, IInbox Inbox, IConnectionRegistry Registry)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>A device of Bob says hello, as the first thing on a connection.</summary>
    public async Task<IReadOnlyList<RoomPlace>> HelloAsync(DeviceId device)
    {
        await Inbox.BeginAsync(Bob, device, new ResumeClaim(null, "next"), CancellationToken);
        return await Membership.ReadRoomsAsync(Bob, device, CancellationToken);
    }

    public Task<JoinedRoom> JoinAsync(UserId? user = null, RoomId? room = null) => Membership.JoinAsync(user ?? Bob, room ?? Team, CancellationToken);

    public async Task<JoinOutcome> TryJoinAsync(UserId? user = null, RoomId? room = null) => (await JoinAsync(user, room)).Outcome;

    public Task<LeftRoom> LeaveAsync(UserId? user = null, RoomId? room = null) => Membership.LeaveAsync(user ?? Bob, room ?? Team, CancellationToken);

    public async Task<IReadOnlyList<UserId>> MembersAsync() =>
        [.. (await Membership.ListAsync(Team, null, 1_000, CancellationToken)).Members.Select(member => member.User)];

    public async Task<IReadOnlyList<RoomId>> RoomsAsync() =>
        [.. (await Membership.ReadRoomsAsync(Bob, null, CancellationToken)).Select(place => place.Room)];

    /// <summary>Where a device of Bob is in the only room that he is in.</summary>
    public async Task<LogEnd> PlaceAsync(DeviceId? device) => Assert.Single(await Membership.ReadRoomsAsync(Bob, device, CancellationToken)).Place;

    public Task<bool> AckAsync(DeviceId device, LogEnd place) => Membership.AcknowledgeAsync(Bob, device, Team, place, CancellationToken);

    public Task<IReadOnlyList<Session>?> ReadAsync(LogEnd mark) => Membership.MarkReadAsync(Bob, Team, mark, CancellationToken);
}
