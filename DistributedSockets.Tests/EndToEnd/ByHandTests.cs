// Nodes that somebody starts by hand beside the cluster, as in the original article.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed partial class ByHandTests(ClusterFixture fixture, ITestOutputHelper output)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_node_started_by_hand_joins_talks_and_leaves_nothing_behind()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var node = await NodeProcess.StartAsync(Cluster, "server-9");
        await node.WhenHealthyAsync();
        await using var there = await TestClient.ConnectAsync(node.Uri, alice);
        await using var here = await Cluster.ConnectAsync(bob, node: 1);

        await there.SendAsync(bob, "from server-9");
        Assert.Equal(new PlainMessage(alice, bob, "from server-9"), await here.NextMessageAsync());
        await here.SendAsync(alice, "to server-9");
        Assert.Equal(new PlainMessage(bob, alice, "to server-9"), await there.NextMessageAsync());

        ProcessSignal.Terminate(node.Id);
        Assert.Equal(1001, await there.WhenClosedAsync());
        Assert.Equal(0, await node.WhenEndedAsync());
        Assert.Empty(await Cluster.SessionsAsync(alice));
        Assert.False(await Cluster.Redis.KeyExistsAsync(RedisKeys.Lease(new NodeId("server-9"))));
    }

    [Fact]
    public async Task A_second_node_of_the_same_name_ends_and_names_the_first()
    {
        var holder = await Cluster.InfoAsync(1);
        var watch = Stopwatch.StartNew();
        await using var second = await NodeProcess.StartAsync(Cluster, "server-1");

        Assert.NotEqual(0, await second.WhenEndedAsync());
        output.WriteLine($"the duplicate ended after {watch.Elapsed.TotalSeconds:0.0} s");

        // The lease's length at most, and the time that a process takes to start on a busy machine.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, RunningCluster.Lease + TimeSpan.FromSeconds(4));
        Assert.Contains("SERVER_ID 'server-1' is already in use", second.Output);
        Assert.Contains($"host {Environment.MachineName}, pid {holder.Pid.ToString(CultureInfo.InvariantCulture)}, url {Cluster.Node(1).GetLeftPart(UriPartial.Authority)}", second.Output);
        Assert.Equal(holder.Incarnation, (await Cluster.InfoAsync(1)).Incarnation);
    }

    [Fact]
    public async Task A_name_that_would_read_everyones_traffic_is_refused()
    {
        await using var node = await NodeProcess.StartAsync(Cluster, "#");

        Assert.NotEqual(0, await node.WhenEndedAsync());
        Assert.Contains("SERVER_ID is '#'", node.Output);
    }

    [Fact]
    public async Task Without_a_name_a_node_has_its_hosts()
    {
        await using var node = await NodeProcess.StartAsync(Cluster, serverId: null);
        await node.WhenHealthyAsync();
        using var http = new HttpClient();

        var facts = await http.GetFromJsonAsync<NodeFacts>(new Uri(node.Uri, "/info"), TestContext.Current.CancellationToken);

        Assert.Equal(Invalid().Replace(Environment.MachineName.Split('.')[0], "-"), facts!.Node);
        ProcessSignal.Terminate(node.Id);
        Assert.Equal(0, await node.WhenEndedAsync());
    }

    [GeneratedRegex("[^A-Za-z0-9_-]")]
    private static partial Regex Invalid();
}
