// Events of real nodes, Redis and RabbitMQ survive the kill of the node that is about to post them, or has just done so.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Webhooks;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(HookedCluster.Name)]
public sealed class WebhookTests(HookedClusterFixture fixture)
{
    /// <summary>The other node has the turn after 5 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private RunningCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData(Failpoint.KillBeforeHook, 1)]
    [InlineData(Failpoint.KillAfterHook, 2)]
    public async Task Event_survives_the_kill_of_the_node_that_posts_it(string failpoint, int times)
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await DsClient.ConnectAsync(Cluster.Node(1), alice);
        Assert.Equal(HookTypes.UserOnline, (await fixture.BackEnd.WhenOfAsync(alice, 1))[0].Type);
        await WhenListIsEmptyAsync();
        await File.WriteAllTextAsync(Path.Combine(fixture.Failpoints.FullName, failpoint), "", TestContext.Current.CancellationToken);

        await sender.SendAsync(bob, "1", "m1");
        await sender.SendAsync(bob, "2", "m2");

        var events = await fixture.BackEnd.WhenOfAsync(bob, 2, Patience);
        Assert.Single(fixture.Failpoints.GetFiles($"{failpoint}.claimed-by-*"));
        Assert.Equal([1, 2], events.Select(hook => hook.Data.GetProperty("seq").GetInt64()));
        Assert.All(events, hook => Assert.True(hook is { IsGenuine: true, Type: HookTypes.MessageStored }));
        Assert.Equal([times, 1], events.Select(hook => fixture.BackEnd.Received.Count(received => received.Id == hook.Id)));
        await Cluster.WhenHealthyAsync();
    }

    /// <summary>Nobody's event is under way, and who might have one was looked at for the last time.</summary>
    private Task WhenListIsEmptyAsync() => Eventually.IsAsync(
        async () => (await Task.WhenAll(Enumerable.Range(0, SocketNode.Inbox.IInboxUpkeep.Shards).Select(shard => Cluster.Redis.SortedSetLengthAsync(RedisKeys.Hooks(shard))))).Sum() == 0,
        "nobody is on the lists",
        Patience);
}
