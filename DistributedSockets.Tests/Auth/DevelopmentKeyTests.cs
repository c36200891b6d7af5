// The key that nodes make up together.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Auth;

public sealed class DevelopmentKeyTests(RedisFixture fixture)
{
    private const int Database = 15;

    [Fact]
    public async Task Nodes_that_ask_at_once_get_one_key()
    {
        await using var redis = await fixture.ConnectAsync(Database);
        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => new RedisDevelopmentKey(redis).ReadAsync(TestContext.Current.CancellationToken)));

        Assert.Single(keys.Select(Convert.ToHexString).Distinct());
        Assert.Equal(RedisDevelopmentKey.Length, keys[0].Length);
    }

    [Fact]
    public async Task Redis_that_does_not_answer_is_no_answer()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        await Assert.ThrowsAsync<AuthStoreUnavailableException>(() => new RedisDevelopmentKey(nobody).ReadAsync(TestContext.Current.CancellationToken));
    }
}
