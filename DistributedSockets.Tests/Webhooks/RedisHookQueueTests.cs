// Events in Redis keep the contract, and a cluster that wants none has nothing of them.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;
using static DistributedSockets.Tests.Contracts.HooksUnderTest;

namespace DistributedSockets.Tests.Webhooks;

public sealed class RedisHookQueueTests(RedisFixture fixture) : HookQueueContract, IAsyncLifetime
{
    private const int Database = 8;

    private IConnectionMultiplexer _redis = null!;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override HooksUnderTest Create(HookOptions options)
    {
        var (lease, wanted) = (TimeSpan.FromHours(1), WantedHooks.Of(options));
        return new HooksUnderTest(
            new RedisHookQueue(_redis),
            new RedisConnectionRegistry(_redis, lease, wanted),
            new RedisPresence(_redis, wanted),
            new RedisInbox(_redis, new InboxLimits(), Failpoints.None, wanted),
            new RedisMembership(_redis, new RoomLimits(), wanted),
            lease,
            length => RedisClock.PutForwardAsync(Raw, length));
    }

    [Fact]
    public async Task Nothing_is_left_of_events_that_nobody_wants()
    {
        var it = Create(new HookOptions());
        await LiveAsync(it);

        Assert.Empty(HookKeys());
    }

    [Fact]
    public async Task Nothing_is_left_of_events_that_were_taken_out_but_the_entry_on_the_list()
    {
        var it = Create(Options);
        await LiveAsync(it);
        Assert.Equal(2 + 2, HookKeys().Count);
        foreach (var owner in new[] { HookOwner.Of(Bob), HookOwner.Of(Team) })
        {
            Assert.InRange(await Raw.KeyTimeToLiveAsync(RedisKeys.Events(owner)) ?? TimeSpan.Zero, TimeSpan.FromHours(47), TimeSpan.FromHours(48));
            await it.RemoveAsync([.. (await it.PageAsync(owner)).Events]);
        }

        Assert.All(HookKeys(), key => Assert.EndsWith(":hooks", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_for_who_is_there_enters_nobody_on_the_list()
    {
        var it = Create(Options);
        await it.Users.OpenAsync(RegistryUnderTest.SessionOf(Bob, await it.Users.Sessions.BootAsync("server-1")));
        await it.SettleAsync(await it.DueAsync(HookOwner.Of(Bob)), null);

        await it.StoreAsync(Message("\"1\""));

        Assert.Null(await it.DueAsync(HookOwner.Of(Bob)));
    }

    [Fact]
    public async Task Message_is_not_stored_before_its_user_is_on_the_list()
    {
        // What a node leaves that dies between the two is an entry without an event, and never an event without an entry.
        var it = Create(Options);
        await Raw.StringSetAsync(RedisKeys.Hooks(RedisKeys.Shard(HookOwner.Of(Bob))), "of another type, so that nobody can be entered");

        await Assert.ThrowsAsync<InboxUnavailableException>(() => it.StoreAsync(Message("\"1\"")));

        Assert.Empty((await it.Inbox.ReadAsync(Bob, 0, 10, TestContext.Current.CancellationToken)).Envelopes);
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => it.Users.OpenAsync(RegistryUnderTest.SessionOf(Bob, Node)));
        Assert.Empty((await it.PageAsync(HookOwner.Of(Bob))).Events);
    }

    [Fact]
    public async Task Events_of_a_store_that_does_not_answer_are_unavailable()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();

        await Assert.ThrowsAsync<HooksUnavailableException>(
            () => new RedisHookQueue(nobody).ReadAsync(HookOwner.Of(Bob), 10, TestContext.Current.CancellationToken));
    }

    /// <summary>Everything happens that can be told.</summary>
    private static async Task LiveAsync(HooksUnderTest it)
    {
        var session = RegistryUnderTest.SessionOf(Bob, await it.Users.Sessions.BootAsync("server-1"));
        await it.StoreAsync(Message("\"1\""));
        await it.Users.OpenAsync(session);
        await it.Users.LeaveAsync(session);
        await it.JoinAsync(Bob);
        await it.LeaveAsync(Bob);
    }

    private List<string> HookKeys() =>
        [.. _redis.GetServers()[0].Keys(Database).Select(key => key.ToString()).Where(key => key.EndsWith(":events", StringComparison.Ordinal)
            || key.EndsWith(":hook", StringComparison.Ordinal) || key.EndsWith(":hooks", StringComparison.Ordinal))];
}
