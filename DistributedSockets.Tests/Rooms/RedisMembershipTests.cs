// The membership in Redis keeps the contract, and whoever comes next finishes what a killed caller has left.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

public sealed class RedisMembershipTests(RedisFixture fixture) : MembershipContract, IAsyncLifetime
{
    private const int Database = 15;

    private IConnectionMultiplexer _redis = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override MembershipUnderTest Create(RoomLimits limits) => new(
        new RedisMembership(_redis, limits),
        new RoomLogUnderTest(new RedisRoomLog(_redis, limits), length => RedisRoomLogTests.PassAsync(_redis, length)),
        new RedisInbox(_redis, new InboxLimits { Devices = limits.Devices }, Failpoints.None),
        new RedisConnectionRegistry(_redis, TimeSpan.FromSeconds(6)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_join_that_was_cut_off_is_finished_by_the_next_hello(int steps)
    {
        var it = Create(new RoomLimits());
        await it.HelloAsync(Phone);
        await BeginJoinAsync(steps);
        var end = await it.Log.StoreAsync(Messages(2));

        Assert.Equal(new RoomPlace(Team, end, Read: 2), Assert.Single(await it.HelloAsync(Phone)));
        Assert.Equal([Bob], await it.MembersAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_join_that_was_cut_off_is_finished_by_another_join_or_taken_back_by_a_leave(int steps)
    {
        var it = Create(new RoomLimits { RoomsPerUser = 1 });
        await BeginJoinAsync(steps);
        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync());
        Assert.Equal([Bob], await it.MembersAsync());
        Assert.Equal([Team], await it.RoomsAsync());

        await it.LeaveAsync();
        await BeginJoinAsync(steps);
        Assert.False((await it.LeaveAsync()).WasMember);
        Assert.Equal((0, 0), ((await it.MembersAsync()).Count, (await it.RoomsAsync()).Count));
        Assert.False(await Raw.KeyExistsAsync(RedisKeys.Rooms(Bob)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_leave_that_was_cut_off_is_finished_by_the_next_hello_or_another_leave(int steps)
    {
        var it = Create(new RoomLimits());
        await it.JoinAsync();
        await BeginLeaveAsync(steps);
        Assert.Empty(await it.HelloAsync(Phone));
        Assert.Empty(await it.MembersAsync());

        await it.JoinAsync();
        await BeginLeaveAsync(steps);
        Assert.Equal(steps == 1, (await it.LeaveAsync()).IsOut);
        Assert.Empty(await it.MembersAsync());
        Assert.False(await Raw.KeyExistsAsync(RedisKeys.Rooms(Bob)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_leave_that_was_cut_off_is_overruled_by_a_join(int steps)
    {
        var it = Create(new RoomLimits());
        await it.JoinAsync();
        var stamp = await BeginLeaveAsync(steps);

        Assert.Equal(JoinOutcome.Joined, await it.TryJoinAsync());

        // The rest of the leave comes late.
        await LeaveListAsync(stamp);
        await InUserAsync(RedisScripts.LeftUser, Team.Value, stamp);
        Assert.Equal([Bob], await it.MembersAsync());
        Assert.Equal([Team], await it.RoomsAsync());
    }

    [Fact]
    public async Task A_join_that_a_leave_has_overtaken_leaves_nothing()
    {
        var it = Create(new RoomLimits());
        var stamp = (long)await InUserAsync(RedisScripts.JoinUser, Team.Value, 128, RoomId.Everyone.Value);
        await it.LeaveAsync();

        // The rest of the join comes late: it finds out and takes itself back.
        await ListAsync(stamp);
        Assert.False((bool)(await InUserAsync(RedisScripts.JoinedUser, Team.Value, stamp, "epoch", 0))[0]);
        await LeaveListAsync(stamp);

        Assert.Equal((0, 0), ((await it.MembersAsync()).Count, (await it.RoomsAsync()).Count));
    }

    [Fact]
    public async Task A_half_done_join_of_a_room_that_is_full_goes()
    {
        var it = Create(new RoomLimits { Members = 1 });
        await BeginJoinAsync(steps: 1);
        await it.JoinAsync(Alice);

        Assert.Empty(await it.HelloAsync(Phone));
        Assert.False(await Raw.KeyExistsAsync(RedisKeys.Rooms(Bob)));
    }

    [Fact]
    public async Task A_member_whom_the_list_has_lost_is_entered_again_by_a_join()
    {
        var it = Create(new RoomLimits());
        var joined = await it.JoinAsync();
        await Raw.KeyDeleteAsync(RedisRoomLog.Keys(Team));
        Assert.False((await it.Log.BeginAsync(joined.End)).IsListed);

        var again = await it.JoinAsync();

        Assert.Equal((JoinOutcome.Joined, true, joined.Since), (again.Outcome, again.IsNew, again.Since));
        Assert.Equal([Bob], await it.MembersAsync());
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)));
        Assert.Equal(joined.End.Epoch, (await it.PlaceAsync(Phone)).Epoch);
    }

    [Fact]
    public async Task Joins_and_leaves_at_once_end_in_agreement()
    {
        var it = Create(new RoomLimits());
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(number => number % 2 == 0 ? (Task)it.JoinAsync() : it.LeaveAsync()));

            Assert.Equal((await it.RoomsAsync()).Count, (await it.MembersAsync()).Count);
        }
    }

    [Fact]
    public async Task Numbers_of_a_room_stay_while_it_has_members_and_go_later()
    {
        var it = Create(new RoomLimits());
        var joined = await it.JoinAsync();
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)));

        await it.LeaveAsync();
        Assert.InRange((await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)))!.Value, TimeSpan.FromDays(7.9), TimeSpan.FromDays(8));

        Assert.Equal(joined.End, (await it.JoinAsync()).End);
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)));
    }

    [Fact]
    public async Task Rows_stay_short_however_devices_are_called()
    {
        var it = Create(new RoomLimits());
        await it.JoinAsync();
        for (var number = 0; number < new RoomLimits().Devices; number++)
        {
            await it.HelloAsync(new DeviceId(string.Concat(Enumerable.Repeat("🚀", 127)) + (char)('a' + number)));
        }

        Assert.InRange((await Raw.HashGetAsync(RedisKeys.Rooms(Bob), Team.Value)).Length(), 1, 700);
        var keys = await _redis.GetServers()[0].KeysAsync(Database).Select(key => key.ToString()).ToListAsync(CancellationToken);
        Assert.All(keys, key => Assert.Matches("^ds:({u:bob%20%7Bb%3A%D0%B1%7D}|{r:team%20%7Br%3A%D0%B1%7D}):[a-z]+$", key));
    }

    [Fact]
    public async Task Without_Redis_it_says_so()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var membership = new RedisMembership(nobody, new RoomLimits());

        await Assert.ThrowsAsync<RoomsUnavailableException>(() => membership.JoinAsync(Bob, Team, CancellationToken));
    }

    /// <summary>What a caller leaves that is killed after so many steps.</summary>
    private async Task BeginJoinAsync(int steps)
    {
        var stamp = (long)await InUserAsync(RedisScripts.JoinUser, Team.Value, 128, RoomId.Everyone.Value);
        if (steps > 1)
        {
            await ListAsync(stamp);
        }
    }

    private async Task<long> BeginLeaveAsync(int steps)
    {
        var stamp = (long)(await InUserAsync(RedisScripts.LeaveUser, Team.Value))[0];
        if (steps > 1)
        {
            await LeaveListAsync(stamp);
        }

        return stamp;
    }

    private Task<RedisResult> ListAsync(long stamp) => Raw.ScriptEvaluateAsync(RedisScripts.JoinRoom, RedisRoomLog.Keys(Team), ["epoch", Bob.Value, stamp, 100, 1_000, ""]);

    private Task<RedisResult> LeaveListAsync(long stamp) => Raw.ScriptEvaluateAsync(RedisScripts.LeaveRoom, RedisRoomLog.Keys(Team), [Bob.Value, stamp, 1_000, ""]);

    private Task<RedisResult> InUserAsync(RedisScript script, params RedisValue[] arguments) =>
        Raw.ScriptEvaluateAsync(script, [RedisKeys.Rooms(Bob), RedisKeys.Cursors(Bob), RedisKeys.Sessions(Bob)], arguments);
}
