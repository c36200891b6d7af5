// Which events there are: what every store of events promises, together with the stores that decide what they tell.
using System.Text;
using DistributedSockets.SocketNode.Webhooks;
using static DistributedSockets.Tests.Contracts.HooksUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class HookQueueContract
{
    private static readonly HookOwner OfBob = HookOwner.Of(Bob);
    private static readonly HookOwner OfTeam = HookOwner.Of(Team);

    private protected abstract HooksUnderTest Create(HookOptions options);

    [Fact]
    public async Task Who_comes_and_goes_is_told_once_with_what_others_see()
    {
        var it = Create(Options);
        var node = await it.Users.Sessions.BootAsync("server-1");
        var (phone, tablet) = (RegistryUnderTest.SessionOf(Bob, node), RegistryUnderTest.SessionOf(Bob, node, "tablet"));

        var online = (await it.Users.OpenAsync(phone))!.State;
        await it.Users.OpenAsync(tablet);
        await it.Users.CloseAsync(phone);
        await it.Users.CloseAsync(tablet);
        await it.Users.EndGraceAsync(Bob);
        Assert.Equal([new PresenceHook(true, online.Version, online.Since)], await it.OfBobAsync());

        await it.Users.PassGraceAsync();
        var offline = (await it.Users.EndGraceAsync(Bob))!.State;
        await it.Users.EndGraceAsync(Bob);
        Assert.Equal([new PresenceHook(true, online.Version, online.Since), new PresenceHook(false, offline.Version, offline.Since)], await it.OfBobAsync());
    }

    [Fact]
    public async Task Return_within_the_grace_is_no_event_and_a_goodbye_is_one_at_once()
    {
        var it = Create(Options);
        var node = await it.Users.Sessions.BootAsync("server-1");
        await it.Users.OpenAsync(RegistryUnderTest.SessionOf(Bob, node));
        await it.ForgetAsync();
        var session = RegistryUnderTest.SessionOf(Bob, node);
        await it.Users.OpenAsync(session);
        await it.Users.CloseAsync(session);
        await it.Users.OpenAsync(session);
        Assert.Empty(await it.OfBobAsync());

        await it.Users.LeaveAsync(session);
        Assert.Equal([HookTypes.UserOffline], (await it.OfBobAsync()).Select(told => told.Type));
    }

    [Fact]
    public async Task Sessions_of_a_dead_node_are_one_event_however_often_they_are_reaped()
    {
        var it = Create(Options);
        var dead = await it.Users.Sessions.BootAsync("server-1");
        await it.Users.OpenAsync(RegistryUnderTest.SessionOf(Bob, dead));
        await it.Users.DieAsync();
        Assert.NotNull(await it.Users.ReapAsync(dead));
        Assert.NotNull(await it.Users.ReapAsync(dead));

        Assert.Equal([HookTypes.UserOnline, HookTypes.UserOffline], (await it.OfBobAsync()).Select(told => told.Type));
    }

    [Fact]
    public async Task Session_that_is_asserted_in_a_store_that_has_lost_it_is_an_event()
    {
        var it = Create(Options);
        var node = await it.Users.Sessions.BootAsync("server-1");

        await it.Users.AssertAsync(RegistryUnderTest.SessionOf(Bob, node));

        Assert.Equal([HookTypes.UserOnline], (await it.OfBobAsync()).Select(told => told.Type));
        Assert.NotNull(await it.DueAsync(OfBob));
    }

    [Fact]
    public async Task Message_for_who_is_away_is_told_in_order_and_a_repeated_one_is_not()
    {
        var it = Create(Options);
        var (first, second) = (Message("\"1\"", "a") with { ContentType = "text/x" }, Message("\"2\""));
        var placed = await it.StoreAsync(first, second);
        await it.StoreAsync(first);

        Assert.Equal(
            [
                new StoredHook(Alice, first.Id, 1, placed[0].StoredAt, "text/x", ReadOnlyMemory<byte>.Empty),
                new StoredHook(Alice, second.Id, 2, placed[1].StoredAt, null, ReadOnlyMemory<byte>.Empty),
            ],
            (await it.OfBobAsync()).Cast<StoredHook>().Select(stored => stored with { Body = ReadOnlyMemory<byte>.Empty }));
        Assert.All(await it.OfBobAsync(), stored => Assert.True(((StoredHook)stored).Body.IsEmpty));
    }

    [Fact]
    public async Task Message_for_who_is_there_is_not_told_until_they_go_without_it()
    {
        var it = Create(Options);
        var node = await it.Users.Sessions.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(Bob, node);
        await it.Users.OpenAsync(session);
        await it.StoreAsync([.. Enumerable.Range(1, 103).Select(number => Message($"\"{number}\"", $"id-{number}"))]);
        await it.AcknowledgeAsync(1);
        Assert.Empty(await it.StoredAsync());

        await it.Users.LeaveAsync(session);
        Assert.Equal(Enumerable.Range(4, 100).Select(seq => (long)seq), await it.StoredAsync());
        Assert.Equal(HookTypes.UserOffline, (await it.OfBobAsync())[1].Type);
    }

    [Fact]
    public async Task What_was_acknowledged_is_not_told_when_its_user_goes()
    {
        var it = Create(Options);
        var node = await it.Users.Sessions.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(Bob, node);
        await it.Users.OpenAsync(session);
        await it.StoreAsync(Message("\"1\""), Message("\"2\""));
        await it.AcknowledgeAsync(2);

        await it.Users.LeaveAsync(session);

        Assert.Equal([HookTypes.UserOnline, HookTypes.UserOffline], (await it.OfBobAsync()).Select(told => told.Type));
    }

    [Fact]
    public async Task Body_is_there_where_it_is_wanted()
    {
        var options = Options;
        options.IncludeBody = true;
        var it = Create(options);
        var node = await it.Users.Sessions.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(Bob, node);
        await it.StoreAsync(Message("""{"text":"привет"}"""));
        await it.Users.OpenAsync(session);
        await it.Users.LeaveAsync(session);

        var told = (await it.OfBobAsync()).OfType<StoredHook>().ToList();
        Assert.Equal(2, told.Count);
        Assert.All(told, stored => Assert.Equal("""{"text":"привет"}""", Encoding.UTF8.GetString(stored.Body.Span)));
    }

    [Fact]
    public async Task Room_is_occupied_by_its_first_member_and_vacated_by_its_last()
    {
        var it = Create(Options);
        await it.JoinAsync(Alice);
        await it.JoinAsync(Alice);
        await it.JoinAsync(Bob);
        await it.LeaveAsync(Alice);
        Assert.Equal([new RoomHook(true, Alice)], await it.EventsAsync(OfTeam));

        await it.LeaveAsync(Bob);
        await it.LeaveAsync(Bob);
        await it.JoinAsync(Bob);
        Assert.Equal([new RoomHook(true, Alice), new RoomHook(false, Bob), new RoomHook(true, Bob)], await it.EventsAsync(OfTeam));
        Assert.NotNull(await it.DueAsync(OfTeam));
    }

    [Fact]
    public async Task Only_what_is_wanted_is_entered()
    {
        var options = Options;
        options.Events = [HookTypes.UserOffline];
        var it = Create(options);
        var node = await it.Users.Sessions.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(Bob, node);
        await it.StoreAsync(Message("\"1\""));
        await it.Users.OpenAsync(session);
        await it.Users.LeaveAsync(session);
        await it.JoinAsync(Bob);

        Assert.Equal([HookTypes.UserOffline], (await it.OfBobAsync()).Select(told => told.Type));
        Assert.Empty(await it.EventsAsync(OfTeam));
    }
}
