using DistributedSockets.Client;
using DistributedSockets.Client.Connecting;

namespace DistributedSockets.Tests.Clients;

public sealed class NodeListTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_node_is_tried_before_one_is_tried_again_and_the_last_one_comes_last()
    {
        var nodes = new NodeList(Options("http://a", "http://b", "http://c"));
        for (var round = 0; round < 20; round++)
        {
            string[] first = [await NextAsync(nodes), await NextAsync(nodes), await NextAsync(nodes)];
            string[] second = [await NextAsync(nodes), await NextAsync(nodes), await NextAsync(nodes)];

            Assert.Equal(["a", "b", "c"], first.Order());
            Assert.NotEqual(first[2], second[0]);
            Assert.Equal(first[2], second[2]);
            nodes = new NodeList(Options("http://a", "http://b", "http://c"));
        }
    }

    [Fact]
    public async Task Node_that_a_drain_names_comes_next_once()
    {
        var nodes = new NodeList(Options("http://a"));
        nodes.Name("http://b:81");

        Assert.Equal("ws://b:81/ws?user_id=alice", (await nodes.NextAsync(Token)).AbsoluteUri);
        Assert.Equal("a", await NextAsync(nodes));
        nodes.Name("no address");
        Assert.Equal("a", await NextAsync(nodes));
    }

    [Theory]
    [InlineData("http://a:8081", "ws://a:8081/ws?user_id=al%20ice%26x")]
    [InlineData("https://a/chat/", "wss://a/chat/ws?user_id=al%20ice%26x")]
    [InlineData("wss://a/ws", "wss://a/ws?user_id=al%20ice%26x")]
    public async Task Address_becomes_that_of_the_socket(string node, string socket)
    {
        var options = Options(node);
        options.User = "al ice&x";

        Assert.Equal(socket, (await new NodeList(options).NextAsync(Token)).AbsoluteUri);
    }

    [Fact]
    public async Task Provider_is_asked_before_each_round()
    {
        var asked = 0;
        var nodes = new NodeList(new ClientOptions { User = "alice", NodeProvider = _ => ValueTask.FromResult<IReadOnlyList<Uri>>([new Uri($"http://n{++asked}")]) });

        Assert.Equal(["n1", "n2"], [await NextAsync(nodes), await NextAsync(nodes)]);
    }

    [Fact]
    public async Task Token_says_who_one_is_not_the_address()
    {
        var options = Options("http://a");
        options.TokenProvider = _ => ValueTask.FromResult("token");

        Assert.Equal("ws://a/ws", (await new NodeList(options).NextAsync(Token)).AbsoluteUri);
    }

    private static async Task<string> NextAsync(NodeList nodes) => (await nodes.NextAsync(Token)).Host;

    private static ClientOptions Options(params string[] nodes)
    {
        var options = new ClientOptions { User = "alice" };
        foreach (var node in nodes)
        {
            options.Nodes.Add(new Uri(node));
        }

        return options;
    }
}
