// The page's questions to the nodes' API, answered by nodes in this process.
using DistributedSockets.Tests.Support;
using DistributedSockets.Web.Access;
using DistributedSockets.Web.Cluster;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace DistributedSockets.Tests.Web;

public sealed class NodeApiTests : IDisposable
{
    private readonly NodeTokens _tokens = new(new ConfigurationBuilder().Build(), new HostingEnvironment { EnvironmentName = Environments.Development }, TimeProvider.System);
    private readonly NodeHttp _http;

    public NodeApiTests() => _http = new NodeHttp(_tokens);

    public void Dispose()
    {
        _http.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task What_the_nodes_tell_is_understood()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.StartAsync(nodes: 2, TimeSpan.FromSeconds(1));
        var bob = await cluster.GreetAsync("bob", node: 0, device: "phone");
        await cluster.ConnectAsync("bob", node: 1);
        using var program = new ApiProgram();
        await program.AskAsync("PUT", cluster[0].Uri, "rooms/team/members/bob");
        await program.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"a","room":"team","body":"hi"}""");
        await program.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"a","to":"carol","body":"hi","id":"m"}""");
        var api = Api(cluster[0].Uri, cluster[1].Uri);

        await Eventually.IsAsync(async () => (await api.ReadClusterAsync(cancellation)).Nodes is [{ Memory: > 0, Bus: "connected", Connections: 1 }, _], "the nodes have told of themselves");
        await Eventually.IsAsync(async () => (await api.ListRoomsAsync("team", null, cancellation)).Rooms is [{ Members: 1 }], "the room is listed");
        Assert.Equal(2, Assert.Single((await api.ListUsersAsync("BOB", null, cancellation)).Users).Sessions.Count);
        var user = await api.ReadUserAsync("bob", cancellation);
        Assert.Equal((true, "phone", null), (user.Online, user.Sessions[0].Device, user.Sessions[1].Device));
        Assert.Equal(("a", 4), (await api.ReadInboxAsync("carol", cancellation)).Entries.Select(entry => (entry.From, entry.Bytes)).Single());
        Assert.Equal(1, (await api.ReadRoomAsync("team", cancellation)).Members);
        Assert.Equal("bob", Assert.Single((await api.ListMembersAsync("team", cancellation)).Members).User);
        Assert.Equal("hi", Assert.Single((await api.ReadHistoryAsync("team", cancellation)).Messages).Body?.GetString());
        Assert.Equal(1, await api.ClearInboxAsync("carol", cancellation));
        Assert.Equal(1, await api.DisconnectAsync("bob", "phone", cancellation));
        Assert.Equal(4003, await bob.WhenClosedAsync());
    }

    [Fact]
    public async Task Node_that_does_not_answer_is_passed_over_and_its_trouble_told_when_none_does()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var nobody = new Uri("http://localhost:1");

        Assert.Single((await Api(nobody, cluster[0].Uri).ReadClusterAsync(TestContext.Current.CancellationToken)).Nodes);

        var trouble = await Assert.ThrowsAsync<NodeApiException>(() => Api(nobody).ReadClusterAsync(TestContext.Current.CancellationToken));
        Assert.Contains("node-1 did not answer", trouble.Message, StringComparison.Ordinal);
        cluster[0].Store.Cut();
        trouble = await Assert.ThrowsAsync<NodeApiException>(() => Api(cluster[0].Uri).ReadClusterAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("node-1 can't say:", trouble.Message, StringComparison.Ordinal);
    }

    private NodeApi Api(params Uri[] nodes) => new(
        new NodeDirectory(new ConfigurationBuilder().AddInMemoryCollection(nodes.Select((node, index) => new KeyValuePair<string, string?>($"Nodes:{index}", node.ToString()))).Build()), _http);
}
