// Revocations in Redis keep the contract, and say so when it does not answer.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Auth;

public sealed class RedisRevocationsTests(RedisFixture fixture) : RevocationContract, IAsyncLifetime
{
    private const int Database = 14;

    private IConnectionMultiplexer _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override Task<IRevocations> CreateAsync() => Task.FromResult<IRevocations>(new RedisRevocations(_redis));

    [Fact]
    public async Task Everything_lies_in_one_slot_and_no_name_is_part_of_a_key()
    {
        var it = await CreateAsync();
        await it.RevokeAsync(new Revocation.OfToken(Hostile, Now + 60_000), TestContext.Current.CancellationToken);
        await it.RevokeAsync(new Revocation.OfUser(new(Hostile), Now), TestContext.Current.CancellationToken);

        Assert.Equal(
            [RedisKeys.RevocationLog, RedisKeys.RevokedTokens, RedisKeys.RevokedUsers],
            _redis.GetServers()[0].Keys(Database).Select(key => key.ToString()).Order(StringComparer.Ordinal).Select(key => (RedisKey)key));
    }

    [Fact]
    public async Task Redis_that_does_not_answer_is_no_answer()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var it = new RedisRevocations(nobody);

        await Assert.ThrowsAsync<AuthStoreUnavailableException>(() => AskAsync(it, Token("alice", "t-1")));
        await Assert.ThrowsAsync<AuthStoreUnavailableException>(() => it.ReadAsync(0, TestContext.Current.CancellationToken));
    }
}
