// The server API closes a user's connections over real nodes, Redis and RabbitMQ.
using System.Diagnostics;
using System.Net;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class DisconnectTests(BreakableNodesFixture fixture, ITestOutputHelper output) : IDisposable
{
    private readonly ApiProgram _api = new();

    private RunningCluster Cluster => fixture.Cluster;

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Connections_on_all_nodes_are_closed_within_a_second_and_the_inbox_is_emptied()
    {
        var (bob, alice) = (RunningCluster.NewUser("bob"), RunningCluster.NewUser("alice"));
        await using var first = await DsClient.ConnectAsync(Cluster.Node(1), bob, "phone");
        await using var second = await DsClient.ConnectAsync(Cluster.Node(2), bob, "tablet");
        await using var plain = await Cluster.ConnectAsync(bob, node: 3);

        var clock = Stopwatch.StartNew();
        var answer = await _api.AskAsync("POST", Cluster.Node(3), $"users/{bob}/disconnect", """{"reason":"signed out"}""");
        Assert.Equal((HttpStatusCode.OK, 3L), (answer.Status, answer.Number("connections")));
        Assert.Equal((4003, 4003, 1008), (await first.WhenClosedAsync(), await second.WhenClosedAsync(), await plain.WhenClosedAsync()));
        output.WriteLine($"three connections on three nodes were closed after {clock.ElapsedMilliseconds} ms");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await Cluster.WhenGoneAsync(bob);

        await using var sender = await DsClient.ConnectAsync(Cluster.Node(1), alice, "phone");
        await sender.SendAsync(bob, "hi", "m-1");
        await sender.NextAsync("ack");
        Assert.Equal(1L, (await _api.AskAsync("DELETE", Cluster.Node(2), $"users/{bob}/inbox")).Number("removed"));
        Assert.Equal("failed", (await sender.NextAsync("receipt")).GetProperty("state").GetString());
        await using var back = await DsClient.ConnectAsync(Cluster.Node(2), bob, "phone");
        await back.SettleAsync();
        Assert.Equal(0, back.Count("msg"));
    }
}
