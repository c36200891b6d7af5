// Who is signalled from the page, and who is not: an id alone is soon somebody else's.
using DistributedSockets.Web.Cluster;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Tests.Web;

public sealed class ClusterSignalsTests
{
    private static readonly long Started = new DateTimeOffset(System.Diagnostics.Process.GetCurrentProcess().StartTime).ToUnixTimeMilliseconds();

    [Fact]
    public void Process_that_is_no_node_is_left_alone()
    {
        // This very process: right id, right time, another program. A signal would end the tests.
        var node = Node(new NodeProcess(Environment.ProcessId, Started + 100));

        Assert.Equal($"Process {Environment.ProcessId} has ended, or is something else by now.", Signals().WhyNot(node, told: null));
        Assert.False(Signals().Send(node, told: null, NodeSignal.Kill));
    }

    [Fact]
    public void Only_nodes_on_this_machine_are_signalled_and_only_in_development()
    {
        var node = Node(new NodeProcess(Environment.ProcessId, Started));

        Assert.Contains("Development", Signals("Production").WhyNot(node, told: null), StringComparison.Ordinal);
        Assert.False(Signals("Production").AreOffered);
        Assert.Equal("It runs on another machine.", Signals().WhyNot(node, Told("elsewhere")));
        Assert.Equal("It runs on another machine.", Signals().WhyNot(Node(new NodeProcess(1, 1), "http://10.0.0.7:8081"), told: null));
        Assert.StartsWith("It has not told its process id", Signals().WhyNot(Node(null), Told(Environment.MachineName)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("local", nameof(NodeSignal.Kill), "The AppHost starts it again")]
    [InlineData("local", nameof(NodeSignal.Stop), "does not start it again")]
    [InlineData("aspire", nameof(NodeSignal.Kill), "press Start in the Aspire dashboard")]
    [InlineData(null, nameof(NodeSignal.Kill), "Nothing that this page knows of")]
    public void Page_says_what_starts_a_node_again(string? mode, string signal, string text) => Assert.Contains(
        text, new NodeRestart(new ConfigurationBuilder().AddInMemoryCollection([new("AppHost:Mode", mode)]).Build()).After(Enum.Parse<NodeSignal>(signal)), StringComparison.Ordinal);

    private static NodeSignals Signals(string environment = "Development") => new(new HostingEnvironment { EnvironmentName = environment }, NullLogger<NodeSignals>.Instance);

    private static NodeStatus Node(NodeProcess? process, string url = "http://localhost:8081") =>
        new(new NodeAddress("node-1", new Uri(url)), NodeHealth.Healthy, null, new NodeInfo("server-1", "1", 0, 0, Standalone: false, "0.1.0") { Process = process });

    private static ReportedNode Told(string host) =>
        new("server-1", 1, null, host, Draining: false, null, null, null, null, null, null, null, null, null, null, null, null, null);
}
