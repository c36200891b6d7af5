// Two users on one node need nothing else.
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(CuttableCluster.Name)]
public sealed class LocalPathTests(CuttableClusterFixture fixture)
{
    [Fact]
    public async Task Users_of_one_node_talk_while_neither_Redis_nor_RabbitMQ_can_be_reached()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var first = await fixture.Cluster.ConnectAsync(alice, node: 1);
        await using var second = await fixture.Cluster.ConnectAsync(bob, node: 1);
        var links = fixture.Links(1);

        // A connection that has just opened reads its inbox first, and what comes meanwhile waits behind that.
        await first.SendAsync(bob, "settled");
        await second.NextMessageAsync();
        await second.SendAsync(alice, "settled");
        await first.NextMessageAsync();

        // Not a byte passes either link. A message that needed an answer of either would not arrive.
        links.Redis.Mode = ProxyMode.Blackhole;
        links.RabbitMq.Mode = ProxyMode.Blackhole;
        try
        {
            for (var number = 0; number < 200; number++)
            {
                await first.SendAsync(bob, $"{number} there");
                Assert.Equal($"{number} there", (await second.NextMessageAsync(TimeSpan.FromSeconds(1))).Body);
                await second.SendAsync(alice, $"{number} back");
                Assert.Equal($"{number} back", (await first.NextMessageAsync(TimeSpan.FromSeconds(1))).Body);
            }
        }
        finally
        {
            links.Redis.Mode = ProxyMode.Pass;
            links.RabbitMq.Mode = ProxyMode.Pass;
        }

        await fixture.Cluster.WhenHealthyAsync();
    }
}
