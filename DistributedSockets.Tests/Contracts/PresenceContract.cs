// What every presence promises: one change for each time that a user comes or goes.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using static DistributedSockets.Tests.Contracts.PresenceUnderTest;
using static DistributedSockets.Tests.Contracts.RegistryUnderTest;

namespace DistributedSockets.Tests.Contracts;

/// <summary>What every presence promises; a subclass says which one.</summary>
public abstract partial class PresenceContract
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    /// <summary>An empty one.</summary>
    private protected abstract Task<PresenceUnderTest> CreateAsync();

    [Theory]
    [InlineData("alice")]
    [InlineData("user:a{b}c")]
    [InlineData("100% мир 🚀")]
    public async Task First_session_makes_online_and_further_ones_change_nothing(string name)
    {
        var it = await CreateAsync();
        var user = new UserId(name);
        var node = await it.Sessions.BootAsync("server-1");
        await it.WatchAsync(user);

        var change = await it.OpenAsync(SessionOf(user, node));

        Assert.NotNull(change);
        Assert.Equal((user, true, Watcher), (change.State.User, change.State.Online, Assert.Single(change.Watchers)));
        Assert.InRange(change.State.Since, node.Number, long.MaxValue);
        Assert.Null(await it.OpenAsync(SessionOf(user, node)));
        Assert.Null(await it.OpenAsync(SessionOf(user, node, "tablet")));
        Assert.Null(await it.OpenAsync(SessionOf(user, node, DeviceId.Plain.Value)));
        Assert.Equal(change.State.Version, (await it.ReadAsync(user)).Version);
    }

    [Fact]
    public async Task Last_session_that_ends_makes_offline_when_the_grace_is_over_and_once()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        var (phone, tablet) = (SessionOf(Alice, node), SessionOf(Alice, node, "tablet"));
        await it.WatchAsync(Alice);
        var online = (await it.OpenAsync(phone))!.State;
        await it.OpenAsync(tablet);

        Assert.Null(await it.CloseAsync(phone));
        Assert.Null(await it.CloseAsync(tablet));
        Assert.Null(await it.EndGraceAsync(Alice));
        Assert.True((await it.ReadAsync(Alice)).Online);
        await it.PassGraceAsync();
        var change = await it.EndGraceAsync(Alice);

        Assert.NotNull(change);
        Assert.Equal((false, Watcher), (change.State.Online, Assert.Single(change.Watchers)));
        Assert.InRange(change.State.Version, online.Version + 1, long.MaxValue);
        Assert.InRange(change.State.Since, online.Since, long.MaxValue);

        // Whoever has ended it may have died before anybody was told: it comes again, as the same.
        Assert.Equal(change.State.Version, (await it.EndGraceAsync(Alice))!.State.Version);
        Assert.Null(await it.CloseAsync(tablet));
    }

    [Fact]
    public async Task Who_is_back_within_the_grace_was_never_away()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        var before = SessionOf(Alice, node);
        var online = (await it.OpenAsync(before))!.State;
        await it.CloseAsync(before);

        Assert.Null(await it.OpenAsync(SessionOf(Alice, node, "tablet")));
        await it.PassGraceAsync();

        Assert.Null(await it.EndGraceAsync(Alice));
        Assert.Equal((true, online.Version), ((await it.ReadAsync(Alice)).Online, (await it.ReadAsync(Alice)).Version));
    }

    [Fact]
    public async Task Grace_counts_from_the_latest_end()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        var (first, second) = (SessionOf(Alice, node), SessionOf(Alice, node, "tablet"));
        await it.OpenAsync(first);
        await it.CloseAsync(first);
        await it.PassAsync(PresenceRules.Grace * 0.6);
        await it.OpenAsync(second);
        await it.CloseAsync(second);

        await it.PassAsync(PresenceRules.Grace * 0.6);
        Assert.Null(await it.EndGraceAsync(Alice));
        await it.PassAsync(PresenceRules.Grace * 0.6);
        Assert.NotNull(await it.EndGraceAsync(Alice));
    }

    [Fact]
    public async Task Who_says_that_they_leave_is_offline_at_once_but_only_with_the_last_session()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        var (phone, tablet) = (SessionOf(Alice, node), SessionOf(Alice, node, "tablet"));
        await it.OpenAsync(phone);
        await it.OpenAsync(tablet);

        Assert.Null(await it.LeaveAsync(phone));
        Assert.False((await it.LeaveAsync(tablet))!.State.Online);
        Assert.Null(await it.LeaveAsync(tablet));

        // Somebody looks later all the same: the change may have been told to nobody.
        await it.PassGraceAsync();
        Assert.NotNull(await it.DueAsync(Alice));
    }

    [Fact]
    public async Task Late_goodbye_of_a_session_that_was_replaced_cuts_no_grace_short()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        var (before, after) = (SessionOf(Alice, node), SessionOf(Alice, node));
        await it.OpenAsync(before);
        await it.OpenAsync(after);
        await it.CloseAsync(after);

        Assert.Null(await it.LeaveAsync(before));
        Assert.True((await it.ReadAsync(Alice)).Online);
    }

    [Fact]
    public async Task Users_of_a_dead_node_are_offline_when_it_is_reaped_and_are_told_again_until_confirmed()
    {
        var it = await CreateAsync();
        var dead = await it.Sessions.BootAsync("server-1");
        await it.WatchAsync(Alice);
        await it.OpenAsync(SessionOf(Alice, dead));
        await it.OpenAsync(SessionOf(Alice, dead, "tablet"));
        await it.DieAsync();

        var change = await it.ReapAsync(dead);
        var again = await it.ReapAsync(dead);

        Assert.Equal((false, Watcher), (change!.State.Online, Assert.Single(change.Watchers)));
        Assert.Equal((false, change.State.Version), (again!.State.Online, again.State.Version));
        Assert.Equal(2, (await it.Presence.ReadDevicesAsync(Alice, TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task Who_came_back_elsewhere_before_their_node_was_reaped_was_never_away()
    {
        var it = await CreateAsync();
        var dead = await it.Sessions.BootAsync("server-1");
        await it.OpenAsync(SessionOf(Alice, dead));
        await it.DieAsync();
        var moved = SessionOf(Alice, await it.Sessions.BootAsync("server-2"), "tablet");

        Assert.Null(await it.OpenAsync(moved));
        Assert.Null(await it.ReapAsync(dead));
        Assert.True((await it.ReadAsync(Alice)).Online);
    }

    [Fact]
    public async Task Reaper_leaves_a_grace_to_its_end()
    {
        var it = await CreateAsync();
        var dead = await it.Sessions.BootAsync("server-1");
        await it.OpenAsync(SessionOf(Alice, dead));
        await it.DieAsync();
        var moved = SessionOf(Alice, await it.Sessions.BootAsync("server-2"));
        await it.OpenAsync(moved);
        await it.CloseAsync(moved);

        Assert.Null(await it.ReapAsync(dead));
        Assert.True((await it.ReadAsync(Alice)).Online);
        await it.PassGraceAsync();
        Assert.False((await it.EndGraceAsync(Alice))!.State.Online);
        Assert.False((await it.ReapAsync(dead))!.State.Online);
    }

    [Fact]
    public async Task Asserting_makes_online_who_was_not_and_once()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        var (phone, tablet, bob) = (SessionOf(Alice, node), SessionOf(Alice, node, "tablet"), SessionOf(Bob, node));
        await it.OpenAsync(bob);

        var change = Assert.Single(await it.AssertAsync(phone, tablet, bob));

        Assert.Equal((Alice, true), (change.State.User, change.State.Online));
        Assert.Empty(await it.AssertAsync(phone, tablet, bob));
    }

    [Fact]
    public async Task Every_change_has_a_higher_version()
    {
        var it = await CreateAsync();
        var session = SessionOf(Alice, await it.Sessions.BootAsync("server-1"));
        var versions = new List<long> { 0 };
        for (var turn = 0; turn < 3; turn++)
        {
            versions.Add((await it.OpenAsync(session))!.State.Version);
            versions.Add((await it.SetAsync(Alice, $"{turn}")).State.Version);
            versions.Add((await it.LeaveAsync(session))!.State.Version);
        }

        Assert.Equal(versions.Distinct().Order(), versions);
    }
}
