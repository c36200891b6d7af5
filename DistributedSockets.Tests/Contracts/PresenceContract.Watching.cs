// What every presence promises: watching, statuses, devices, and the lists of what is to be done later.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Contracts.PresenceUnderTest;
using static DistributedSockets.Tests.Contracts.RegistryUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class PresenceContract
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_known_of_a_name_that_nobody_has_used()
    {
        var it = await CreateAsync();

        Assert.Equal((0, false, 0, ""), Values(await it.ReadAsync(Alice)));
        Assert.Equal((0, false, 0, ""), Values(await it.WatchAsync(Alice)));
        Assert.Empty(await it.Presence.ReadDevicesAsync(Alice, CancellationToken));
    }

    [Fact]
    public async Task Nodes_that_watch_are_named_with_each_change_until_they_do_not()
    {
        var it = await CreateAsync();
        var session = SessionOf(Alice, await it.Sessions.BootAsync("server-1"));
        var other = Watcher with { Number = Watcher.Number + 1 };
        await it.WatchAsync(Alice);
        await it.WatchAsync(Alice);
        await it.WatchAsync(Alice, other);
        await it.WatchAsync(Bob);

        Assert.Equivalent(new[] { Watcher, other }, (await it.OpenAsync(session))!.Watchers, strict: true);
        await it.UnwatchAsync(Alice);
        await it.UnwatchAsync(Alice);
        Assert.Equal([other], (await it.SetAsync(Alice, "1")).Watchers);
        await it.UnwatchAsync(Alice, other);
        Assert.Empty((await it.LeaveAsync(session))!.Watchers);
    }

    [Fact]
    public async Task Watching_tells_how_it_is_now()
    {
        var it = await CreateAsync();
        var online = (await it.OpenAsync(SessionOf(Alice, await it.Sessions.BootAsync("server-1"))))!.State;

        Assert.Equal(Values(online), Values(await it.WatchAsync(Alice)));
        Assert.Equal(Values(online), Values(await it.WatchAsync(Alice, known: online.Version)));
    }

    [Fact]
    public async Task Store_that_has_forgotten_a_version_goes_on_beyond_it()
    {
        var it = await CreateAsync();
        var known = DateTimeOffset.UtcNow.AddYears(100).ToUnixTimeMilliseconds();

        Assert.Equal(known + 1, (await it.WatchAsync(Alice, known: known)).Version);
        Assert.Equal(known + 1, (await it.WatchAsync(Alice, known: known)).Version);
        Assert.Equal(known + 2, (await it.OpenAsync(SessionOf(Alice, await it.Sessions.BootAsync("server-1"))))!.State.Version);
    }

    [Fact]
    public async Task Status_stays_while_the_user_comes_and_goes()
    {
        var it = await CreateAsync();
        var session = SessionOf(Alice, await it.Sessions.BootAsync("server-1"));
        await it.WatchAsync(Alice);

        var change = await it.SetAsync(Alice, """{"text":"мир 🚀"}""");

        Assert.Equal((false, 0, """{"text":"мир 🚀"}""", Watcher), (change.State.Online, change.State.Since, Text(change.State), Assert.Single(change.Watchers)));
        Assert.Equal("""{"text":"мир 🚀"}""", Text((await it.OpenAsync(session))!.State));
        Assert.Equal("""{"text":"мир 🚀"}""", Text((await it.LeaveAsync(session))!.State));
        Assert.Equal("", Text((await it.SetAsync(Alice, "")).State));
    }

    [Fact]
    public async Task Same_status_again_is_no_change()
    {
        var it = await CreateAsync();
        var change = await it.SetAsync(Alice, "1");

        Assert.Equal(change.State.Version, (await it.SetAsync(Alice, "1")).State.Version);
        Assert.InRange((await it.SetAsync(Alice, "2")).State.Version, change.State.Version + 1, long.MaxValue);
    }

    [Fact]
    public async Task Devices_are_known_by_when_they_were_last_there_and_plain_connections_are_one()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        foreach (var device in new[] { "my phone #1", "seen:", DeviceId.Plain.Value, DeviceId.Plain.Value, "plain" })
        {
            var session = SessionOf(Alice, node, device);
            await it.OpenAsync(session);
            await it.CloseAsync(session);
        }

        var devices = await it.Presence.ReadDevicesAsync(Alice, CancellationToken);

        Assert.Equivalent(new[] { new DeviceId("my phone #1"), new DeviceId("seen:"), DeviceId.Plain, new DeviceId("plain") }, devices.Keys, strict: true);
        Assert.All(devices.Values, at => Assert.InRange(at, node.Number, long.MaxValue));
    }

    [Fact]
    public async Task Of_many_devices_the_one_is_forgotten_that_is_gone_for_longest()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        for (var number = 0; number <= PresenceRules.MostSeen; number++)
        {
            var session = SessionOf(Alice, node, $"device-{number}");
            await it.OpenAsync(session);
            await it.SetAsync(Alice, $"{number}");
            await it.CloseAsync(session);
            if (number == 0)
            {
                // All the others may go in the same millisecond as the last.
                await Eventually.IsAsync(async () => await NowAsync() > (await it.Presence.ReadDevicesAsync(Alice, CancellationToken)).Values.Single(), "a millisecond passes");
            }
        }

        var devices = await it.Presence.ReadDevicesAsync(Alice, CancellationToken);

        Assert.Equal(PresenceRules.MostSeen, devices.Count);
        Assert.DoesNotContain(new DeviceId("device-0"), devices.Keys);

        async Task<long> NowAsync()
        {
            await it.PassAsync(TimeSpan.FromMilliseconds(1));
            return (await it.SetAsync(Bob, Guid.NewGuid().ToString("N"))).State.Version;
        }
    }

    [Fact]
    public async Task Grace_is_on_the_list_when_it_is_due_until_it_is_settled()
    {
        var it = await CreateAsync();
        var session = SessionOf(Alice, await it.Sessions.BootAsync("server-1"));
        await it.OpenAsync(session);
        await it.CloseAsync(session);
        Assert.Null(await it.DueAsync(Alice));

        await it.PassGraceAsync();
        var due = await it.DueAsync(Alice);
        Assert.NotNull(due);
        await it.SettleAsync(due with { Due = due.Due - 1 }, next: null);
        Assert.Equal(due, await it.DueAsync(Alice));

        await it.SettleAsync(due, next: due.Due + 1);
        Assert.Equal(due with { Due = due.Due + 1 }, await it.DueAsync(Alice));
        await it.SettleAsync(due with { Due = due.Due + 1 }, next: null);
        Assert.Null(await it.DueAsync(Alice));
    }

    [Fact]
    public async Task End_of_a_grace_that_was_asked_for_too_early_tells_when_to_ask_again()
    {
        var it = await CreateAsync();
        var session = SessionOf(Alice, await it.Sessions.BootAsync("server-1"));
        await it.OpenAsync(session);
        await it.CloseAsync(session);

        var early = await it.Presence.EndGraceAsync(Alice, CancellationToken);

        Assert.Null(early.Presence);
        Assert.InRange(early.Next!.Value, (await it.ReadAsync(Alice)).Since + 1, long.MaxValue);
    }

    [Fact]
    public async Task Word_is_left_for_one_node_and_taken_once()
    {
        var it = await CreateAsync();
        await it.Presence.NoteUnseenAsync(Watcher, [Alice, Bob], CancellationToken);
        await it.Presence.NoteUnseenAsync(Watcher, [Bob], CancellationToken);

        Assert.Empty(await it.Presence.TakeUnseenAsync(Watcher with { Number = 1 }, 10, CancellationToken));
        var first = await it.Presence.TakeUnseenAsync(Watcher, 1, CancellationToken);
        var second = await it.Presence.TakeUnseenAsync(Watcher, 10, CancellationToken);
        Assert.Equivalent(new[] { Alice, Bob }, first.Concat(second), strict: true);
        Assert.Empty(await it.Presence.TakeUnseenAsync(Watcher, 10, CancellationToken));
    }

    private static (long, bool, long, string) Values(PresenceState state) => (state.Version, state.Online, state.Since, Text(state));
}
