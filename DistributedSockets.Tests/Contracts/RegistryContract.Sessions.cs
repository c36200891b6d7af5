// What every registry promises: sessions.
using DistributedSockets.SocketNode.Messaging;
using static DistributedSockets.Tests.Contracts.RegistryUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class RegistryContract
{
    [Theory]
    [InlineData("alice", "phone")]
    [InlineData("user:a{b}c", "plain:x")]
    [InlineData("100% мир 🚀", "my phone #1")]
    public async Task A_session_is_found_as_it_was_opened(string user, string device)
    {
        var it = await CreateAsync();
        var session = SessionOf(new UserId(user), await it.BootAsync("server-1"), device);

        var opened = await it.OpenAsync(session);

        Assert.Null(opened.Superseded);
        Assert.Empty(opened.Others);
        Assert.Equal([session], await it.LocateAsync(session.User));
        Assert.Empty(await it.LocateAsync(Bob));
    }

    [Fact]
    public async Task A_device_has_one_session_and_the_user_all_of_theirs()
    {
        var it = await CreateAsync();
        var (one, two) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        var (tablet, before, after) = (SessionOf(Alice, one, "tablet"), SessionOf(Alice, one), SessionOf(Alice, two));
        await it.OpenAsync(tablet);
        await it.OpenAsync(before);

        var opened = await it.OpenAsync(after);

        Assert.Equal(before, opened.Superseded);
        Assert.Equal([tablet], opened.Others);
        Assert.Equivalent(new[] { tablet, after }, await it.LocateAsync(Alice), strict: true);
    }

    [Fact]
    public async Task Opening_the_same_session_twice_supersedes_nothing()
    {
        var it = await CreateAsync();
        var session = SessionOf(Alice, await it.BootAsync("server-1"));
        await it.OpenAsync(session);

        var opened = await it.OpenAsync(session);

        Assert.Null(opened.Superseded);
        Assert.Empty(opened.Others);
    }

    [Fact]
    public async Task Plain_connections_stand_side_by_side()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");
        var (first, second) = (SessionOf(Alice, node, DeviceId.Plain.Value), SessionOf(Alice, node, DeviceId.Plain.Value));
        await it.OpenAsync(first);

        var opened = await it.OpenAsync(second);

        Assert.Null(opened.Superseded);
        Assert.Equal([first], opened.Others);
        Assert.Equal([second], await it.CloseAsync(first));
        Assert.Equal([second], await it.LocateAsync(Alice));
    }

    [Fact]
    public async Task A_late_close_leaves_what_the_device_has_opened_since()
    {
        var it = await CreateAsync();
        var (one, two) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        var (before, after) = (SessionOf(Alice, one), SessionOf(Alice, two));
        await it.OpenAsync(before);
        await it.OpenAsync(after);

        Assert.Equal([after], await it.CloseAsync(before));

        Assert.Equal([after], await it.LocateAsync(Alice));
        Assert.Empty(await it.CloseAsync(after));
        Assert.Empty(await it.CloseAsync(after));
        Assert.Empty(await it.LocateAsync(Alice));
    }

    [Fact]
    public async Task Asserting_enters_what_is_missing_and_leaves_what_others_have()
    {
        var it = await CreateAsync();
        var (one, two) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        var (present, missing, moved, now) = (SessionOf(Alice, one), SessionOf(Alice, one, DeviceId.Plain.Value), SessionOf(Bob, one), SessionOf(Bob, two));
        await it.OpenAsync(present);
        await it.OpenAsync(now);

        Assert.Equal([moved], await it.AssertAsync(present, missing, moved));

        Assert.Equivalent(new[] { present, missing }, await it.LocateAsync(Alice), strict: true);
        Assert.Equal([now], await it.LocateAsync(Bob));
    }

    [Fact]
    public async Task Asserting_takes_many()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");
        var sessions = Enumerable.Range(0, 700).Select(number => SessionOf(new UserId($"user-{number}"), node)).ToArray();

        Assert.Empty(await it.AssertAsync(sessions));

        Assert.Equal([sessions[0]], await it.LocateAsync(sessions[0].User));
        Assert.Equal([sessions[^1]], await it.LocateAsync(sessions[^1].User));
    }
}
