// The runner itself: a loss that somebody has made on purpose must not escape it.
#if !USE_ASPIRE
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

[Collection(FaultyCluster.Name)]
public sealed class ProofTests(FaultClusterFixture fixture)
{
    private const int Seed = 20265;
    private const int Messages = 5;

    // What is lost is waited for in vain.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task An_entry_that_vanishes_from_an_inbox_is_a_loss()
    {
        await using var load = new FaultLoad(fixture.Cluster, Seed) { Rate = 20, SettleLimit = Limit, AnewLimit = Limit };
        await load.StartAsync();
        var pair = load.AddCrowd(2);
        var (sender, absent) = (pair[0], pair[1]);
        await FaultLoad.WhenWelcomeAsync([sender]);
        for (var number = 1; number <= Messages; number++)
        {
            // One by one: what is stored at once may be one entry.
            Assert.True(sender.TrySend(absent.User));
            await Eventually.IsAsync(() => sender.Unacknowledged == 0, "it is stored");
        }

        var stream = RedisKeys.Inbox(new UserId(absent.User));
        var entries = await fixture.Cluster.System.Redis.StreamRangeAsync(stream);
        Assert.Equal(Messages, entries.Length);
        Assert.Equal(1, await fixture.Cluster.System.Redis.StreamDeleteAsync(stream, [entries[2].Id]));

        var verdict = await load.SettleAsync();

        var key = new MessageKey(sender.Device, absent.User, 3);
        Assert.StartsWith(key.ToString(), Assert.Single(verdict.Lost), StringComparison.Ordinal);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"none for {key}"), Assert.Single(verdict.ReceiptsMissing), StringComparison.Ordinal);
        Assert.False(verdict.IsClean);
        await new RedisFaults(fixture.Cluster).ForgetAllAsync();
    }
}
#endif
