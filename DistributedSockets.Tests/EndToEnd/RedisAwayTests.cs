// Redis goes away, or begins anew: nobody is thrown out and nothing stored is lost.
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(CuttableCluster.Name)]
public sealed class RedisAwayTests(CuttableClusterFixture fixture)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Redis_away_for_20_s_throws_nobody_out_and_local_messages_flow()
    {
        var (alice, bob, carol) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"), RunningCluster.NewUser("carol"));
        await using var first = await Cluster.ConnectAsync(alice, node: 1);
        await using var local = await Cluster.ConnectAsync(bob, node: 1);
        await using var remote = await Cluster.ConnectAsync(carol, node: 2);

        // A connection that has just opened reads its inbox first, and what comes meanwhile waits behind that.
        await remote.SendAsync(bob, "settled");
        await local.NextMessageAsync();

        SetAll(ProxyMode.Blackhole);
        try
        {
            var since = TimeProvider.System.GetTimestamp();
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            for (var number = 0; TimeProvider.System.GetElapsedTime(since) < Outage; number++)
            {
                var body = number.ToString(CultureInfo.InvariantCulture);
                await first.SendAsync(bob, body);
                Assert.Equal(body, (await local.NextMessageAsync(TimeSpan.FromSeconds(2))).Body);
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }

            for (var node = 1; node <= Cluster.NodeCount; node++)
            {
                await Cluster.WhenHealthAsync(node, HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(10));
                Assert.Equal(HttpStatusCode.ServiceUnavailable, await RefusedWithAsync(node));
            }
        }
        finally
        {
            SetAll(ProxyMode.Pass);
        }

        await Cluster.WhenHealthyAsync();
        await first.SendAsync(carol, "over two nodes again");
        Assert.Equal(new PlainMessage(alice, carol, "over two nodes again"), await remote.NextMessageAsync());
        Assert.Equal((await Cluster.InfoAsync(1)).Self, Assert.Single(await Cluster.SessionsAsync(bob)).Node);
        await using var newcomer = await Cluster.ConnectAsync(RunningCluster.NewUser("dave"), node: 3);
        await newcomer.SendAsync(bob, "hello");
        Assert.Equal("hello", (await local.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task A_restarted_Redis_still_has_sessions_and_inboxes()
    {
        var (alice, bob, away) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"), RunningCluster.NewUser("away"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 2);
        string[] stored = [.. Enumerable.Range(1, 50).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        foreach (var body in stored)
        {
            await sender.SendAsync(away, body);
        }

        await Cluster.WhenStoredAsync(away, stored.Length);
        await Cluster.CommandAsync("redis", "restart");
        await Cluster.WhenHealthyAsync();

        Assert.Equal((await Cluster.InfoAsync(2)).Self, Assert.Single(await Cluster.SessionsAsync(bob)).Node);
        await sender.SendAsync(bob, "after the restart");
        Assert.Equal("after the restart", (await receiver.NextMessageAsync()).Body);
        await using var back = await Cluster.ConnectAsync(away, node: 3);
        Assert.Equal(stored, await back.NextBodiesAsync(stored.Length));
    }

    private async Task<HttpStatusCode> RefusedWithAsync(int node)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(TestClient.Address(Cluster.Node(node), "newcomer"), TestContext.Current.CancellationToken));
        return socket.HttpStatusCode;
    }

    private void SetAll(ProxyMode mode)
    {
        foreach (var links in fixture.AllLinks)
        {
            links.Redis.Mode = mode;
        }
    }
}
