// What every registry promises: the end of dead nodes.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using static DistributedSockets.Tests.Contracts.RegistryUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class RegistryContract
{
    [Fact]
    public async Task The_living_are_not_reaped()
    {
        var it = await CreateAsync();
        var (reaper, other) = (await it.BootAsync("reaper"), await it.BootAsync("server-1"));

        Assert.Empty(await it.BeginReapAsync(reaper));

        Assert.Equal(LeaseRenewal.Renewed, await it.RenewAsync(other));
    }

    [Fact]
    public async Task The_dead_are_given_to_the_reaper_and_can_not_return()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        await it.OpenAsync(SessionOf(Alice, dead));
        await it.PassLeaseAsync();
        var reaper = await it.BootAsync("reaper");

        Assert.Equal([dead], await it.BeginReapAsync(reaper));
        Assert.Equal(LeaseRenewal.Lost, await it.RenewAsync(dead));

        await it.ReapAsync(dead);
        await it.ConfirmAsync(dead, Alice);
        Assert.Equal(LeaseRenewal.Lost, await it.RenewAsync(dead));
        Assert.Empty(await it.BeginReapAsync(reaper));
        Assert.True((await it.BootAsync("server-1")).Number > dead.Number);
    }

    [Fact]
    public async Task One_node_reaps_at_a_time()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        await it.OpenAsync(SessionOf(Alice, dead));
        await it.PassLeaseAsync();
        var (first, second) = (await it.BootAsync("reaper-1"), await it.BootAsync("reaper-2"));

        Assert.Equal([dead], await it.BeginReapAsync(first));
        Assert.Empty(await it.BeginReapAsync(second));
        Assert.Equal([dead], await it.BeginReapAsync(first));

        await it.PassLeaseAsync(); // the turn is as long
        await it.RenewAsync(second);
        Assert.Contains(dead, await it.BeginReapAsync(second));
    }

    [Fact]
    public async Task Who_does_not_live_does_not_reap()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        await it.PassLeaseAsync();

        Assert.Empty(await it.BeginReapAsync(dead));

        Assert.Equal(LeaseRenewal.TakenBack, await it.RenewAsync(dead));
    }

    [Fact]
    public async Task Reaping_closes_the_dead_nodes_sessions_and_no_others()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        await it.OpenAsync(SessionOf(Alice, dead, DeviceId.Plain.Value));
        await it.OpenAsync(SessionOf(Alice, dead, "tablet"));
        await it.OpenAsync(SessionOf(Bob, dead));
        await it.PassLeaseAsync();
        var next = await it.BootAsync("server-1");
        var (phone, moved) = (SessionOf(Alice, next), SessionOf(Bob, next));
        await it.OpenAsync(phone);
        await it.OpenAsync(moved);
        Assert.Equal([dead], await it.BeginReapAsync(next));

        var reaped = await it.ReapAsync(dead);

        Assert.Equal(2, reaped.Count);
        Assert.Equal([phone], Assert.Single(reaped, user => user.User == Alice).Remaining);
        Assert.Equal([moved], Assert.Single(reaped, user => user.User == Bob).Remaining);
        Assert.Equal([phone], await it.LocateAsync(Alice));
        Assert.Equal([moved], await it.LocateAsync(Bob));
    }

    [Fact]
    public async Task Reaped_users_come_again_until_they_are_confirmed()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        var users = Enumerable.Range(0, 5).Select(number => new UserId($"us{{er:{number}")).ToHashSet();
        foreach (var user in users)
        {
            await it.OpenAsync(SessionOf(user, dead));
        }

        await it.PassLeaseAsync();
        var reaper = await it.BootAsync("reaper");
        await it.BeginReapAsync(reaper);

        var first = await it.ReapAsync(dead, limit: 2);
        Assert.Equal(2, first.Count);
        Assert.Equal(first.Select(user => user.User).ToHashSet(), (await it.ReapAsync(dead, limit: 2)).Select(user => user.User).ToHashSet());

        while (await it.ReapAsync(dead, limit: 2) is { Count: > 0 } reaped)
        {
            await it.RenewAsync(reaper);
            Assert.All(reaped, user => Assert.True(users.Remove(user.User)));
            Assert.Equal([dead], await it.BeginReapAsync(reaper));
            await it.ConfirmAsync(dead, [.. reaped.Select(user => user.User)]);
        }

        Assert.Empty(users);
        Assert.Empty(await it.BeginReapAsync(reaper));
    }

    [Fact]
    public async Task A_dead_node_without_users_is_forgotten_by_the_first_look()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        var session = SessionOf(Alice, dead);
        await it.OpenAsync(session);
        await it.CloseAsync(session);
        await it.PassLeaseAsync();
        var reaper = await it.BootAsync("reaper");
        await it.BeginReapAsync(reaper);

        Assert.Empty(await it.ReapAsync(dead));

        Assert.Empty(await it.BeginReapAsync(reaper));
    }

    [Fact]
    public async Task Confirming_nobody_is_allowed()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        await it.OpenAsync(SessionOf(Alice, dead));
        await it.PassLeaseAsync();
        var reaper = await it.BootAsync("reaper");
        await it.BeginReapAsync(reaper);

        await it.ConfirmAsync(dead);

        Assert.Equal([dead], await it.BeginReapAsync(reaper));
    }

    [Fact]
    public async Task Who_reopens_while_the_old_session_closes_is_still_reaped()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        var held = Enumerable.Range(0, 50).Select(number => SessionOf(new UserId($"user-{number}"), dead)).ToList();
        foreach (var session in held)
        {
            await it.OpenAsync(session);
        }

        await Task.WhenAll(held.Select(session => Task.WhenAll(it.CloseAsync(session), it.OpenAsync(SessionOf(session.User, dead, DeviceId.Plain.Value)))));

        await it.PassLeaseAsync();
        await it.BeginReapAsync(await it.BootAsync("reaper"));
        Assert.Equal(50, (await it.ReapAsync(dead)).Count);
    }

    [Fact]
    public async Task A_node_that_was_reaped_enters_no_session_and_replaces_none()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        var before = SessionOf(Alice, dead, "tablet");
        await it.OpenAsync(before);
        await it.PassLeaseAsync();
        var reaper = await it.BootAsync("reaper");
        var moved = SessionOf(Alice, reaper);
        await it.OpenAsync(moved);
        await it.BeginReapAsync(reaper);
        await it.ReapAsync(dead);

        // It does not know yet: between the reaper's two calls, and long after them.
        foreach (var confirm in (bool[])[true, false])
        {
            var opened = await it.OpenAsync(SessionOf(Alice, dead));
            Assert.False(opened.IsEntered);
            Assert.Null(opened.Superseded);
            Assert.False((await it.OpenAsync(SessionOf(Alice, dead, DeviceId.Plain.Value))).IsEntered);
            Assert.Equal([before], await it.AssertAsync(before));
            if (confirm)
            {
                await it.ConfirmAsync(dead, Alice);
            }
        }

        Assert.Equal([moved], await it.LocateAsync(Alice));
        Assert.Empty(await it.BeginReapAsync(reaper));
        Assert.Empty(await it.ReapAsync(dead));
    }

    [Fact]
    public async Task What_a_fenced_node_still_had_is_closed_when_it_is_asserted()
    {
        var it = await CreateAsync();
        var earlier = await it.BootAsync("server-1");
        var (asserted, left) = (SessionOf(Alice, earlier), SessionOf(Bob, earlier));
        await it.OpenAsync(asserted);
        await it.OpenAsync(left);
        await it.PassLeaseAsync();
        var later = await it.BootAsync("server-1");

        Assert.Equal([asserted], await it.AssertAsync(asserted));

        Assert.Empty(await it.LocateAsync(Alice));
        Assert.Equal([left], await it.LocateAsync(Bob));
        await it.BeginReapAsync(later);
        Assert.Equal(Bob, Assert.Single(await it.ReapAsync(earlier)).User);
    }

    [Fact]
    public async Task What_a_node_left_open_when_it_released_its_name_is_reaped()
    {
        var it = await CreateAsync();
        var (reaper, stopped) = (await it.BootAsync("reaper"), await it.BootAsync("server-1"));
        await it.OpenAsync(SessionOf(Alice, stopped));

        await it.Registry.ReleaseLeaseAsync(stopped, TestContext.Current.CancellationToken);

        Assert.Equal([stopped], await it.BeginReapAsync(reaper));
        Assert.Empty(Assert.Single(await it.ReapAsync(stopped)).Remaining);
        Assert.Empty(await it.LocateAsync(Alice));
    }

    [Fact]
    public async Task A_node_that_stopped_in_order_leaves_nothing_to_reap()
    {
        var it = await CreateAsync();
        var (reaper, stopped) = (await it.BootAsync("reaper"), await it.BootAsync("server-1"));
        var session = SessionOf(Alice, stopped);
        await it.OpenAsync(session);
        await it.CloseAsync(session);

        await it.Registry.ReleaseLeaseAsync(stopped, TestContext.Current.CancellationToken);

        Assert.Empty(await it.BeginReapAsync(reaper));
    }
}
