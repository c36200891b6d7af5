// What every membership promises.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

/// <summary>What every membership promises; a subclass says which one.</summary>
public abstract class MembershipContract
{
    private static readonly RoomId Other = new("other");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Nobody in any room.</summary>
    private protected abstract MembershipUnderTest Create(RoomLimits limits);

    [Fact]
    public async Task Who_has_joined_is_a_member_until_they_leave()
    {
        var it = Create(new RoomLimits());
        var end = await it.Log.StoreAsync(Messages(2));

        var joined = await it.JoinAsync();
        Assert.Equal((JoinOutcome.Joined, true, end, 1, 1), (joined.Outcome, joined.IsNew, joined.End, joined.Count, joined.Version));
        Assert.Equal([Team], await it.RoomsAsync());
        Assert.Equal([new RoomMember(Bob, joined.Since)], (await it.Membership.ListAsync(Team, null, 10, CancellationToken)).Members);
        Assert.Equal((1, true), await it.Log.BeginAsync(end) is var start ? (start.Count, start.IsListed) : default);

        var left = await it.LeaveAsync();
        Assert.Equal((true, true, 0, 2), (left.WasMember, left.IsOut, left.Count, left.Version));
        Assert.Empty(await it.RoomsAsync());
        Assert.Empty(await it.MembersAsync());
        Assert.Equal((0, false), await it.Log.BeginAsync(end) is var later ? (later.Count, later.IsListed) : default);
    }

    [Fact]
    public async Task To_join_or_to_leave_again_changes_nothing()
    {
        var it = Create(new RoomLimits());
        await it.HelloAsync(Phone);
        var first = await it.JoinAsync();
        await it.Log.StoreAsync(Messages(3));

        var again = await it.JoinAsync();

        Assert.Equal((JoinOutcome.Joined, false, first.Since, 1, first.Version), (again.Outcome, again.IsNew, again.Since, again.Count, again.Version));
        Assert.Equal(3, again.End.Rseq);
        Assert.Equal(0, (await it.PlaceAsync(Phone)).Rseq);
        await it.LeaveAsync();
        var left = await it.LeaveAsync();
        Assert.Equal((false, false, 0, 2), (left.WasMember, left.IsOut, left.Count, left.Version));
    }

    [Fact]
    public async Task Version_of_the_list_changes_with_it_and_is_the_one_that_a_page_has()
    {
        var it = Create(new RoomLimits());
        await it.JoinAsync();
        var first = await VersionAsync();
        Assert.Equal(first, (await it.Membership.ListAsync(Team, null, 10, CancellationToken)).Version);
        await it.JoinAsync();
        await it.Log.StoreAsync(Messages(1));
        Assert.Equal(first, await VersionAsync());

        await it.JoinAsync(Alice);
        var second = await VersionAsync();
        await it.LeaveAsync(Alice);
        Assert.Equal(3, new HashSet<MembersVersion> { first, second, await VersionAsync() }.Count);

        async Task<MembersVersion> VersionAsync() => (await it.Membership.ReadVersionsAsync([Other, Team], CancellationToken))[1];
    }

    [Fact]
    public async Task Everyones_room_is_no_membership_and_a_device_that_was_not_seen_before_starts_at_its_end()
    {
        var it = Create(new RoomLimits { RoomsPerUser = 1 });
        Assert.Equal(new LogEnd(3, "e"), await BeginAsync(Phone, new LogEnd(3, "e")));
        Assert.Equal(new LogEnd(3, "e"), await BeginAsync(Phone, new LogEnd(7, "e")));
        Assert.True(await it.Membership.AcknowledgeAsync(Bob, Phone, RoomId.Everyone, new LogEnd(5, "e"), CancellationToken));
        Assert.Equal(new LogEnd(5, "e"), await BeginAsync(Phone, new LogEnd(7, "e")));
        Assert.Equal(new LogEnd(7, "e"), await BeginAsync(Tablet, new LogEnd(7, "e")));
        Assert.NotNull(await it.Membership.MarkReadAsync(Bob, RoomId.Everyone, new LogEnd(6, "e"), CancellationToken));

        Assert.Empty(await it.RoomsAsync());
        Assert.Empty((await it.Membership.ListAsync(RoomId.Everyone, null, 10, CancellationToken)).Members);
        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync());
        Assert.Equal(JoinOutcome.TooManyRooms, await it.TryJoinAsync(room: Other));
        Assert.Equal([Team], (await it.Membership.BeginAsync(Bob, Phone, new LogEnd(7, "e"), CancellationToken)).Joined.Select(place => place.Room));

        // Another life of the log: whoever begins finds out by the place that they had.
        Assert.Equal(new LogEnd(5, "e"), await BeginAsync(Phone, new LogEnd(1, "f")));
        Assert.True(await it.Membership.RestartAsync(Bob, RoomId.Everyone, "e", "f", CancellationToken));
        Assert.Equal(new LogEnd(0, "f"), await BeginAsync(Phone, new LogEnd(1, "f")));

        async Task<LogEnd> BeginAsync(DeviceId device, LogEnd end) => (await it.Membership.BeginAsync(Bob, device, end, CancellationToken)).Everyone.Place;
    }

    [Fact]
    public async Task A_user_is_told_where_else_they_are()
    {
        var it = Create(new RoomLimits());
        var session = new Session(Bob, Phone, new NodeIncarnation(new NodeId("server-1"), 1_764_000_000_000), ConnectionId.New(), 1);
        await it.Registry.OpenAsync(session, CancellationToken);

        var joined = await it.JoinAsync();
        await it.Log.StoreAsync(Messages(1));
        Assert.Equal([session], joined.Sessions);
        Assert.Equal([session], await it.ReadAsync(joined.End with { Rseq = 1 }));
        Assert.Equal([session], (await it.LeaveAsync()).Sessions);
    }

    [Fact]
    public async Task A_user_is_in_so_many_rooms_and_no_more()
    {
        var it = Create(new RoomLimits { RoomsPerUser = 2 });

        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync());
        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync(room: Other));
        Assert.Equal(JoinOutcome.TooManyRooms, await it.TryJoinAsync(room: new RoomId("third")));
        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync());
        await it.LeaveAsync();
        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync(room: new RoomId("third")));
        Assert.Equal(2, (await it.RoomsAsync()).Count);
    }

    [Fact]
    public async Task A_room_has_so_many_members_and_no_more()
    {
        var it = Create(new RoomLimits { Members = 1 });
        await it.JoinAsync(Alice);

        Assert.Equal(JoinOutcome.RoomFull, await it.TryJoinAsync());
        Assert.Empty(await it.RoomsAsync());
        Assert.Equal([Alice], await it.MembersAsync());
        await it.LeaveAsync(Alice);
        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync());
    }

    [Fact]
    public async Task Members_are_paged_in_the_order_in_which_they_joined()
    {
        var it = Create(new RoomLimits());
        UserId[] users = [new("dave"), Bob, new("{odd}:ü"), Alice];
        foreach (var user in users)
        {
            await it.JoinAsync(user);
            await it.Log.PassAsync(TimeSpan.FromMilliseconds(2));
        }

        var first = await it.Membership.ListAsync(Team, null, 3, CancellationToken);
        var rest = await it.Membership.ListAsync(Team, first.Members[^1].User, 3, CancellationToken);

        Assert.Equal(users, first.Members.Concat(rest.Members).Select(member => member.User));
        Assert.Equal((4, false), (first.Count, first.AtEnd));
        Assert.Equal((4, true), (rest.Count, rest.AtEnd));
        Assert.Equal(users[..3], (await it.Membership.ListAsync(Team, new UserId("nobody"), 3, CancellationToken)).Members.Select(member => member.User));
        Assert.Equal((0, 0, true), await it.Membership.ListAsync(Other, null, 3, CancellationToken) is var none ? (none.Members.Count, none.Count, none.AtEnd) : default);
    }

    [Fact]
    public async Task A_device_that_is_away_when_its_user_joins_misses_nothing()
    {
        var it = Create(new RoomLimits());
        await it.HelloAsync(Phone);
        await it.HelloAsync(Tablet);
        await it.Log.StoreAsync(Messages(2));
        await it.JoinAsync();
        var end = await it.Log.StoreAsync(Messages(3));

        Assert.True(await it.AckAsync(Phone, end));

        Assert.Equal(end, await it.PlaceAsync(Phone));
        Assert.Equal(end with { Rseq = 2 }, Assert.Single(await it.HelloAsync(Tablet)).Place);
    }

    [Fact]
    public async Task A_new_device_starts_where_its_user_has_come_to_and_stays_there()
    {
        var it = Create(new RoomLimits());
        await it.HelloAsync(Phone);
        await it.JoinAsync();
        var end = await it.Log.StoreAsync(Messages(5));
        await it.AckAsync(Phone, end with { Rseq = 2 });
        Assert.Equal(2, Assert.Single(await it.HelloAsync(Tablet)).Place.Rseq);

        await it.AckAsync(Phone, end);

        Assert.Equal(2, (await it.PlaceAsync(Tablet)).Rseq);
        Assert.Equal(5, (await it.PlaceAsync(null)).Rseq);
    }

    [Fact]
    public async Task Places_and_read_marks_move_forward_only_and_in_their_own_life_only()
    {
        var it = Create(new RoomLimits());
        await it.HelloAsync(Phone);
        await it.JoinAsync();
        var end = await it.Log.StoreAsync(Messages(5));

        Assert.True(await it.AckAsync(Phone, end with { Rseq = 3 }));
        Assert.False(await it.AckAsync(Phone, end with { Rseq = 2 }));
        Assert.False(await it.AckAsync(Phone, new LogEnd(5, "another")));
        Assert.NotNull(await it.ReadAsync(end with { Rseq = 4 }));
        Assert.Null(await it.ReadAsync(end with { Rseq = 4 }));
        Assert.Null(await it.ReadAsync(new LogEnd(5, "another")));
        Assert.Equal(new RoomPlace(Team, end with { Rseq = 3 }, Read: 4), Assert.Single(await it.HelloAsync(Phone)));

        await it.LeaveAsync();
        Assert.False(await it.AckAsync(Phone, end));
        Assert.Null(await it.ReadAsync(end));
    }

    [Fact]
    public async Task When_the_log_begins_another_life_all_places_are_at_its_beginning()
    {
        var it = Create(new RoomLimits());
        await it.HelloAsync(Phone);
        await it.HelloAsync(Tablet);
        await it.JoinAsync();
        var end = await it.Log.StoreAsync(Messages(5));
        await it.AckAsync(Phone, end);
        await it.ReadAsync(end);

        Assert.False(await it.Membership.RestartAsync(Bob, Team, "another", "next", CancellationToken));
        Assert.True(await it.Membership.RestartAsync(Bob, Team, end.Epoch!, "next", CancellationToken));

        Assert.Equal(new RoomPlace(Team, new LogEnd(0, "next"), Read: 0), Assert.Single(await it.HelloAsync(Phone)));
        Assert.False(await it.AckAsync(Phone, end));
        Assert.True(await it.AckAsync(Phone, new LogEnd(4, "next")));
        Assert.Equal(0, (await it.PlaceAsync(Tablet)).Rseq);
    }

    [Fact]
    public async Task Of_too_many_devices_those_go_that_have_no_place_in_the_inbox_any_more()
    {
        const int Most = 5;
        var it = Create(new RoomLimits { Devices = Most });
        await it.HelloAsync(Phone);
        await it.HelloAsync(Tablet);
        await it.JoinAsync();
        var end = await it.Log.StoreAsync(Messages(5));
        for (var number = 0; number < Most - 1; number++)
        {
            await it.HelloAsync(new DeviceId($"device-{number}"));
        }

        await it.AckAsync(Tablet, end);

        Assert.Equal((5, 0), ((await it.PlaceAsync(Phone)).Rseq, (await it.PlaceAsync(new DeviceId("device-3"))).Rseq));
    }
}
