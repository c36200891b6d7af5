// What the original article shows, and what a newcomer tries first.
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class DemoTests(ClusterFixture fixture)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task The_articles_demo_crosses_two_nodes_byte_for_byte()
    {
        await using var alice = await Cluster.ConnectAsync("alice", node: 1);
        await using var bob = await Cluster.ConnectAsync("bob", node: 2);

        await alice.SendFrameAsync("""{"to":"bob","body":"hi bob"}""");
        Assert.Equal("""{"from":"alice","to":"bob","body":"hi bob"}""", await bob.NextFrameAsync());

        await bob.SendFrameAsync("""{"to":"alice","body":"hi alice"}""");
        Assert.Equal("""{"from":"bob","to":"alice","body":"hi alice"}""", await alice.NextFrameAsync());
        Assert.Equal("server-1", (await Cluster.InfoAsync(1)).Node);
        Assert.Equal("server-2", (await Cluster.InfoAsync(2)).Node);
    }

    [Fact]
    public async Task A_body_crosses_as_the_bytes_that_came()
    {
        var user = RunningCluster.NewUser("é");
        await using var sender = await Cluster.ConnectAsync("zoë", node: 3);
        await using var receiver = await Cluster.ConnectAsync(user, node: 1);

        await sender.SendFrameAsync($$"""{ "body" : {"n": 1.0, "é":"\u00fc/\/", "list":[ null ]} , "to":"{{user}}"}""");

        Assert.Equal($$$"""{"from":"zoë","to":"{{{user}}}","body":{"n": 1.0, "é":"\u00fc/\/", "list":[ null ]}}""", await receiver.NextFrameAsync());
    }

    [Fact]
    public async Task Two_users_on_the_same_node_talk()
    {
        var (a, b) = (RunningCluster.NewUser("a"), RunningCluster.NewUser("b"));
        await using var first = await Cluster.ConnectAsync(a, node: 1);
        await using var second = await Cluster.ConnectAsync(b, node: 1);

        await first.SendAsync(b, "hi");
        Assert.Equal(new PlainMessage(a, b, "hi"), await second.NextMessageAsync());

        await second.SendAsync(a, "hi yourself");
        Assert.Equal(new PlainMessage(b, a, "hi yourself"), await first.NextMessageAsync());
    }

    [Fact]
    public async Task Every_node_reaches_every_node()
    {
        string[] users = [.. Enumerable.Range(1, 3).Select(node => RunningCluster.NewUser($"on-{node}"))];
        await using var one = await Cluster.ConnectAsync(users[0], node: 1);
        await using var two = await Cluster.ConnectAsync(users[1], node: 2);
        await using var three = await Cluster.ConnectAsync(users[2], node: 3);
        TestClient[] clients = [one, two, three];

        for (var from = 0; from < users.Length; from++)
        {
            for (var to = 0; to < users.Length; to++)
            {
                await clients[from].SendAsync(users[to], $"{from} to {to}");
                Assert.Equal(new PlainMessage(users[from], users[to], $"{from} to {to}"), await clients[to].NextMessageAsync());
            }
        }

        Assert.All(clients, client => Assert.Equal(users.Length, client.Arrived.Count));
    }
}
