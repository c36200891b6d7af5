// The node's name: given and valid, given and refused, or made of the host's.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Cluster;

public sealed class NodeIdentityTests
{
    [Theory]
    [InlineData("server-1")]
    [InlineData("A_z-9")]
    public void Given_name_is_kept(string name) => Assert.Equal(name, Create(name).Node.Value);

    [Theory]
    [InlineData("#")]
    [InlineData("server.1")]
    [InlineData("a b")]
    [InlineData("server-1\n")]
    [InlineData("ä")]
    public void Given_name_that_could_not_be_a_routing_key_is_refused_naming_the_setting(string name) =>
        Assert.Contains("SERVER_ID", Assert.Throws<OptionsValidationException>(() => Create(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void Given_name_has_at_most_64_characters()
    {
        Assert.Equal(64, Create(new string('x', 64)).Node.Value.Length);
        Assert.Throws<OptionsValidationException>(() => Create(new string('x', 65)));
    }

    [Fact]
    public void Without_a_name_the_host_gives_one_that_fits()
    {
        var name = Create(null).Node.Value;
        Assert.Matches("^[A-Za-z0-9_-]{1,64}$", name);
        Assert.Equal(Environment.MachineName.Split('.')[0].Length, name.Length);
    }

    private static NodeIdentity Create(string? name)
    {
        using var server = new FakeServer();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(NodeIdentity.Setting, name)]).Build();
        return new NodeIdentity(configuration, Options.Create(new SocketNodeOptions()), server, TimeProvider.System);
    }
}
