// What every registry promises: lists of who is connected, and of the rooms that they are in.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using static DistributedSockets.Tests.Contracts.RegistryUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class RegistryContract
{
    [Fact]
    public async Task Everybody_with_a_session_is_listed_once_with_their_sessions()
    {
        var it = await CreateAsync();
        var (one, two) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        var (phone, tablet, plain) = (SessionOf(Alice, one), SessionOf(Alice, two, "tablet"), SessionOf(new UserId("a{b}.c*1 \ud83d\ude00"), two, DeviceId.Plain.Value));
        foreach (var session in new[] { phone, tablet, plain })
        {
            await it.OpenAsync(session);
        }

        var page = await ListAsync(it, new ListQuery("", null, 10), one, two);

        Assert.Null(page.Next);
        Assert.Equivalent(new[] { Alice, plain.User }, page.Items.Select(item => item.User), strict: true);
        Assert.Equivalent(new[] { phone, tablet }, page.Items.Single(item => item.User == Alice).Sessions, strict: true);
        Assert.Equal([plain], page.Items.Single(item => item.User == plain.User).Sessions);
    }

    [Fact]
    public async Task Pages_are_no_larger_than_asked_for_and_leave_nobody_out()
    {
        var it = await CreateAsync();
        var nodes = new[] { await it.BootAsync("server-1"), await it.BootAsync("server-2") };
        var sessions = Enumerable.Range(0, 700).Select(number => SessionOf(new UserId($"user-{number}"), nodes[number % 2])).ToArray();
        await it.AssertAsync(sessions);

        var users = await AllAsync(it, "", limit: 90, nodes);

        Assert.Equal(sessions.Select(session => session.User.Value).Order(), users.Order());
    }

    [Fact]
    public async Task Search_finds_a_part_of_the_name_in_any_case_and_nothing_by_accident()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");
        await it.AssertAsync([.. new[] { "Robert", "bob", "rob*", "a 20", "alice" }.Select(name => SessionOf(new UserId(name), node))]);

        Assert.Equal(["Robert", "rob*"], (await AllAsync(it, "ROB", limit: 10, node)).Order(StringComparer.Ordinal));
        Assert.Equal(["rob*"], await AllAsync(it, "*", limit: 10, node));

        // How a name is written in a key is nobody's business: a space is %20 there.
        Assert.Equal(["a 20"], await AllAsync(it, "20", limit: 10, node));
        Assert.Empty(await AllAsync(it, "%", limit: 10, node));
    }

    [Fact]
    public async Task Who_is_left_on_a_dead_node_or_has_closed_is_not_listed()
    {
        var it = await CreateAsync();
        var (dead, node) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        var closed = SessionOf(new UserId("carol"), node);
        await it.AssertAsync(SessionOf(Alice, dead), SessionOf(Bob, dead, "tablet"), SessionOf(Bob, node), closed);
        await it.CloseAsync(closed);
        await it.Registry.ReleaseLeaseAsync(dead, TestContext.Current.CancellationToken);

        Assert.Equal([Bob.Value], await AllAsync(it, "", limit: 10, node));
    }

    [Fact]
    public async Task Page_goes_on_when_the_node_that_it_ended_in_has_died()
    {
        var it = await CreateAsync();
        var (first, second) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        await it.AssertAsync(SessionOf(Alice, first), SessionOf(new UserId("zoe"), first), SessionOf(Bob, second));
        var page = await ListAsync(it, new ListQuery("", null, 1), first, second);
        await it.Registry.ReleaseLeaseAsync(first, TestContext.Current.CancellationToken);

        var rest = await ListAsync(it, new ListQuery("", page.Next, 10), second);

        Assert.Equal([Alice], page.Items.Select(item => item.User));
        Assert.Equal([Bob], rest.Items.Select(item => item.User));
    }

    [Fact]
    public async Task Rooms_that_nodes_have_noted_are_listed_once()
    {
        var it = await CreateAsync();
        var (one, two) = (await it.BootAsync("server-1"), await it.BootAsync("server-2"));
        Assert.False(await NoteAsync(it, one, ["team", "lobby"], []));
        Assert.False(await NoteAsync(it, two, ["team", "a{b}"], []));
        Assert.True(await NoteAsync(it, one, ["more"], ["lobby"]));

        await RenewAsync(it, one, two);
        var first = await it.Registry.ListRoomsAsync(new ListQuery("", null, 2), TestContext.Current.CancellationToken);
        var rest = await it.Registry.ListRoomsAsync(new ListQuery("", first.Next, 2), TestContext.Current.CancellationToken);
        var found = await it.Registry.ListRoomsAsync(new ListQuery("EA", null, 2), TestContext.Current.CancellationToken);

        Assert.Equal(["a{b}", "more", "team"], first.Items.Concat(rest.Items).Select(room => room.Value).Order(StringComparer.Ordinal));
        Assert.Equal([new RoomId("team")], found.Items);

        await it.Registry.ReleaseLeaseAsync(two, TestContext.Current.CancellationToken);
        await RenewAsync(it, one);
        var left = await it.Registry.ListRoomsAsync(new ListQuery("", null, 10), TestContext.Current.CancellationToken);
        Assert.Equal(["more", "team"], left.Items.Select(room => room.Value).Order(StringComparer.Ordinal));
    }

    private static Task<bool> NoteAsync(RegistryUnderTest it, NodeIncarnation node, string[] came, string[] went) => it.Registry.NoteRoomsAsync(
        node, [.. came.Select(room => new RoomId(room))], [.. went.Select(room => new RoomId(room))], TestContext.Current.CancellationToken);

    /// <summary>A lease of the tests is short: on a busy machine it lapses between two lines.</summary>
    private static Task<LeaseRenewal[]> RenewAsync(RegistryUnderTest it, params NodeIncarnation[] living) => Task.WhenAll(living.Select(it.RenewAsync));

    private static async Task<ListPage<ListedUser>> ListAsync(RegistryUnderTest it, ListQuery query, params NodeIncarnation[] living)
    {
        await RenewAsync(it, living);
        return await it.Registry.ListUsersAsync(query, TestContext.Current.CancellationToken);
    }

    private static async Task<List<string>> AllAsync(RegistryUnderTest it, string search, int limit, params NodeIncarnation[] living)
    {
        var users = new List<string>();
        ListPlace? place = null;
        do
        {
            var page = await ListAsync(it, new ListQuery(search, place, limit), living);
            Assert.InRange(page.Items.Count, 0, limit);
            users.AddRange(page.Items.Select(item => item.User.Value));

            // As it goes over the wire.
            Assert.True(page.Next is null || ListPlace.TryParse(page.Next.ToString(), out place));
            place = page.Next is null ? null : place;
        }
        while (place is not null);
        return users;
    }
}
