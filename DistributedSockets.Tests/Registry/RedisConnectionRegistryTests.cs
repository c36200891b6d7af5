// The registry in Redis keeps the contract, also when the store was wiped or forgot its scripts.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Registry;

public sealed class RedisConnectionRegistryTests(RedisFixture fixture) : RegistryContract, IAsyncLifetime
{
    private const int Database = 11;

    private IConnectionMultiplexer _redis = null!;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override Task<RegistryUnderTest> CreateAsync()
    {
        var lease = TimeSpan.FromSeconds(1);
        return Task.FromResult(new RegistryUnderTest(new RedisConnectionRegistry(_redis, lease), lease, PassAsync));
    }

    [Fact]
    public async Task After_a_wipe_a_node_takes_its_name_back_and_asserts_its_sessions()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(new UserId("alice"), node);
        await it.OpenAsync(session);

        await WipeAsync();

        Assert.Equal(LeaseRenewal.TakenBack, await it.RenewAsync(node));
        Assert.Empty(await it.AssertAsync(session));
        Assert.True(await it.LivesAsync(node));
        Assert.Equal([session], await it.LocateAsync(session.User));
    }

    [Fact]
    public async Task After_a_wipe_the_name_is_lost_to_who_took_it_first()
    {
        var it = await CreateAsync();
        var earlier = await it.BootAsync("server-1");

        await WipeAsync();

        // A wiped store knows nothing but the time: a boot in the very millisecond of the lost one would get its number.
        await PassAsync(TimeSpan.FromMilliseconds(1));
        var later = await it.BootAsync("server-1");

        Assert.True(later.Number > earlier.Number);
        Assert.Equal(LeaseRenewal.Lost, await it.RenewAsync(earlier));
    }

    [Fact]
    public async Task A_lease_deleted_by_hand_leaves_one_living_incarnation()
    {
        var it = await CreateAsync();
        var earlier = await it.BootAsync("server-1");

        await Raw.KeyDeleteAsync(RedisKeys.Lease(earlier.Node));
        var later = await it.BootAsync("server-1");

        Assert.False(await it.LivesAsync(earlier));
        Assert.Equal([earlier], await it.BeginReapAsync(later));
    }

    [Fact]
    public async Task A_script_that_the_server_has_forgotten_is_sent_again()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");

        await _redis.GetServers()[0].ScriptFlushAsync();

        Assert.Equal(LeaseRenewal.Renewed, await it.RenewAsync(node));
    }

    [Fact]
    public async Task What_is_no_session_is_left_out()
    {
        var it = await CreateAsync();
        var session = RegistryUnderTest.SessionOf(new UserId("alice"), await it.BootAsync("server-1"));
        await Raw.HashSetAsync(RedisKeys.Sessions(session.User), "tablet", "rubbish");

        await it.OpenAsync(session);

        Assert.Equal([session], await it.LocateAsync(session.User));
    }

    [Fact]
    public async Task Nothing_of_a_node_stays_after_it_stopped_in_order()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(new UserId("alice"), node);
        await it.OpenAsync(session);
        await it.CloseAsync(session);

        await it.Registry.ReleaseLeaseAsync(node, TestContext.Current.CancellationToken);

        Assert.Equivalent(new[] { RedisKeys.Incarnations, RedisKeys.Presence(session.User), RedisKeys.Graces(RedisKeys.Shard(session.User)) }, _redis.GetServers()[0].Keys(Database), strict: true);
    }

    [Fact]
    public async Task Nothing_of_a_node_stays_after_it_was_reaped()
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        var alice = new UserId("alice");
        await it.OpenAsync(RegistryUnderTest.SessionOf(alice, dead));
        await it.PassLeaseAsync();
        var reaper = await it.BootAsync("reaper");
        await it.BeginReapAsync(reaper);
        await it.ReapAsync(dead);
        await it.ConfirmAsync(dead, alice);

        await it.Registry.ReleaseLeaseAsync(reaper, TestContext.Current.CancellationToken);

        Assert.Equivalent(new[] { RedisKeys.Incarnations, RedisKeys.ReaperTurn, RedisKeys.Presence(alice) }, _redis.GetServers()[0].Keys(Database), strict: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_sleeps_in_the_middle_of_a_call_and_is_reaped_leaves_no_session(bool opens)
    {
        var it = await CreateAsync();
        var dead = await it.BootAsync("server-1");
        var session = RegistryUnderTest.SessionOf(new UserId("alice"), dead);
        await it.PassLeaseAsync();
        var sleepy = new SleepyRedis(_redis, opens ? RedisScripts.OpenSession : RedisScripts.AssertSession);
        var asleep = new RedisConnectionRegistry(sleepy.Connection, it.Lease);
        var entering = EnterAsync();
        await sleepy.WhenAsleepAsync();

        var reaper = await it.BootAsync("reaper");
        Assert.Equal([dead], await it.BeginReapAsync(reaper));
        Assert.Equal([session.User], (await it.ReapAsync(dead)).Select(reaped => reaped.User));
        await it.ConfirmAsync(dead, session.User);
        sleepy.Wake();

        Assert.False(await entering);
        Assert.Empty(await it.LocateAsync(session.User));
        Assert.False(await Raw.KeyExistsAsync(RedisKeys.Users(dead)));

        async Task<bool> EnterAsync() => opens
            ? (await asleep.OpenAsync(session, TestContext.Current.CancellationToken)).IsEntered
            : (await asleep.AssertAsync([session], TestContext.Current.CancellationToken)).Lost.Count == 0;
    }

    [Fact]
    public async Task Without_Redis_it_says_so()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var registry = new RedisConnectionRegistry(nobody, TimeSpan.FromSeconds(6));

        var exception = await Assert.ThrowsAsync<RegistryUnavailableException>(
            () => registry.LocateAsync(new UserId("alice"), TestContext.Current.CancellationToken));

        Assert.IsType<RedisConnectionException>(exception.InnerException);
    }

    private Task WipeAsync() => _redis.GetServers()[0].FlushDatabaseAsync(Database);

    /// <summary>The store's own clock is the event that is waited for.</summary>
    private async Task PassAsync(TimeSpan length)
    {
        var server = _redis.GetServers()[0];
        var end = await server.TimeAsync() + length;
        while (await server.TimeAsync() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }
}
