// Which nodes the page offers.
using DistributedSockets.Web.Cluster;
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Tests.Web;

public sealed class NodeDirectoryTests
{
    [Fact]
    public void The_references_of_the_AppHost_are_the_nodes()
    {
        var directory = Directory(("services:node-1:http:0", "http://localhost:8081"), ("services:node-2:http:0", "http://localhost:8082"));

        Assert.Equal([new NodeAddress("node-1", new Uri("http://localhost:8081")), new NodeAddress("node-2", new Uri("http://localhost:8082"))], directory.Nodes);
    }

    [Fact]
    public void Nodes_are_in_the_order_in_which_people_count()
    {
        var directory = Directory([.. new[] { "node-10", "node-2", "edge", "node-1", "node-09" }.Select(name => ($"services:{name}:http:0", "http://localhost"))]);

        Assert.Equal(["edge", "node-1", "node-2", "node-09", "node-10"], directory.Nodes.Select(node => node.Name));
    }

    [Fact]
    public void A_service_without_http_is_no_node()
    {
        var directory = Directory(("services:node-1:http:0", "http://localhost:8081"), ("services:rabbitmq:management:0", "http://localhost:15672"));

        Assert.Equal("node-1", Assert.Single(directory.Nodes).Name);
    }

    [Fact]
    public void Nodes_can_be_listed_by_hand()
    {
        var directory = Directory(("Nodes:0", "http://localhost:8081"), ("Nodes:1", "https://far.example:8443"));

        Assert.Equal(["node-1", "node-2"], directory.Nodes.Select(node => node.Name));
        Assert.Equal("https", directory.Find("node-2")?.Url.Scheme);
    }

    [Fact]
    public void References_win_over_the_list()
    {
        var directory = Directory(("services:node-7:http:0", "http://localhost:8087"), ("Nodes:0", "http://localhost:8081"));

        Assert.Equal("node-7", Assert.Single(directory.Nodes).Name);
    }

    [Fact]
    public void Without_configuration_there_are_none()
    {
        var directory = Directory();

        Assert.Empty(directory.Nodes);
        Assert.Null(directory.Find("node-1"));
    }

    [Theory]
    [InlineData("localhost:8081")]
    [InlineData("ws://localhost:8081")]
    [InlineData("here")]
    public void A_wrong_address_is_refused_with_the_name_of_the_setting(string address)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Directory(("Nodes:0", address)));

        Assert.Contains("Nodes:0", exception.Message, StringComparison.Ordinal);
        Assert.Contains(address, exception.Message, StringComparison.Ordinal);
    }

    private static NodeDirectory Directory(params (string Key, string Value)[] settings) =>
        new(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build());
}
