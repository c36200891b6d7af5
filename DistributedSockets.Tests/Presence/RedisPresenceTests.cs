// What others see of users keeps the contract in Redis, also after the store was wiped.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Presence;

public sealed class RedisPresenceTests(RedisFixture fixture) : PresenceContract, IAsyncLifetime
{
    private const int Database = 10;

    private static readonly UserId Carol = new("carol");

    private IConnectionMultiplexer _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override Task<PresenceUnderTest> CreateAsync()
    {
        var lease = TimeSpan.FromHours(1);
        var registry = new RedisConnectionRegistry(_redis, lease);
        return Task.FromResult(new PresenceUnderTest(registry, new RedisPresence(_redis), lease, length => RedisClock.PutForwardAsync(_redis.GetDatabase(), length)));
    }

    [Fact]
    public async Task After_a_wipe_a_change_is_newer_than_all_before()
    {
        var it = await CreateAsync();
        var session = RegistryUnderTest.SessionOf(Carol, await it.Sessions.BootAsync("server-1"));
        var before = (await it.OpenAsync(session))!.State;

        await _redis.GetServers()[0].FlushDatabaseAsync(Database);

        var after = Assert.Single(await it.AssertAsync(session)).State;
        Assert.True(after.Online);
        Assert.InRange(after.Version, before.Version + 1, long.MaxValue);
    }

    [Fact]
    public async Task Word_that_was_left_expires()
    {
        var it = await CreateAsync();
        await it.Presence.NoteUnseenAsync(PresenceUnderTest.Watcher, [Carol], TestContext.Current.CancellationToken);

        Assert.InRange(await _redis.GetDatabase().KeyTimeToLiveAsync(RedisKeys.Unseen(PresenceUnderTest.Watcher)) ?? TimeSpan.Zero, TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(120));
    }

    [Fact]
    public async Task Device_that_is_there_again_and_gone_is_not_one_more()
    {
        var it = await CreateAsync();
        var node = await it.Sessions.BootAsync("server-1");
        for (var turn = 0; turn < PresenceRules.MostSeen + 2; turn++)
        {
            var session = RegistryUnderTest.SessionOf(Carol, node, DeviceId.Plain.Value);
            await it.OpenAsync(session);
            await it.CloseAsync(session);
        }

        Assert.Equal([DeviceId.Plain], (await it.Presence.ReadDevicesAsync(Carol, TestContext.Current.CancellationToken)).Keys);
    }
}
