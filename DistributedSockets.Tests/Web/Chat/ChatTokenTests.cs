// The tokens of panes: nodes that want them give them, in Development.
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;
using DistributedSockets.Web.Chat.Clients;
using DistributedSockets.Web.Cluster;
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Tests.Web.Chat;

public sealed class ChatTokenTests : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task In_token_mode_a_pane_gets_one_that_nodes_take()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Auth:Mode=token");

        // The first node does not answer; the next one does.
        var token = await GetAsync(new Uri("http://127.0.0.1:1"), cluster[0].Uri);

        await using var client = new DistributedSocketsClient(new ClientOptions { Nodes = { cluster[1].Uri }, TokenProvider = _ => ValueTask.FromResult(token!) });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal("alice", client.User);
    }

    [Fact]
    public async Task Where_everybody_is_believed_there_is_none()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        Assert.Null(await GetAsync(cluster[0].Uri));
    }

    private Task<string?> GetAsync(params Uri[] nodes)
    {
        var settings = nodes.Select((node, index) => KeyValuePair.Create($"Nodes:{index}", (string?)node.ToString()));
        var directory = new NodeDirectory(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        return new ChatTokens(directory, _http).GetAsync("alice", TestContext.Current.CancellationToken);
    }
}
