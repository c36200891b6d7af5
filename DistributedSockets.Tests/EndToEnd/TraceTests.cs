// One message, one trace, whichever nodes it passes.
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(CuttableCluster.Name)]
public sealed class TraceTests(CuttableClusterFixture fixture)
{
    [Fact]
    public async Task One_trace_covers_a_messages_way_over_both_nodes()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await fixture.Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await fixture.Cluster.ConnectAsync(bob, node: 2);

        await sender.SendAsync(bob, "traced");
        Assert.Equal("traced", (await receiver.NextMessageAsync()).Body);

        List<ReceivedSpan> trace = [];
        await Eventually.IsAsync(
            () =>
            {
                var spans = fixture.Telemetry.Spans.ToArray();
                trace = spans.GroupBy(span => span.Trace)
                    .FirstOrDefault(group => Has(group, "node-1", "ws receive") && Has(group, "node-2", "ws deliver"))?.ToList() ?? [];
                return trace.Count > 0;
            },
            "a trace with 'ws receive' on node-1 and 'ws deliver' on node-2");

        // From the socket over Redis and the broker to the other socket, and every step hangs on another one of the same trace.
        Assert.Contains(trace, span => span is { Service: "node-1", Name: "route" });
        Assert.Contains(trace, span => span.Service == "node-1" && span.Name.StartsWith("redis ", StringComparison.Ordinal));
        Assert.Contains(trace, span => span.Service == "node-1" && span.Name.Contains("messages", StringComparison.Ordinal));
        Assert.Equal("ws receive", Assert.Single(trace, span => span.Parent.Length == 0).Name);
        Assert.All(trace.Where(span => span.Parent.Length > 0), span => Assert.Contains(trace, other => other.Id == span.Parent));
    }

    private static bool Has(IEnumerable<ReceivedSpan> spans, string service, string name) => spans.Any(span => span.Service == service && span.Name == name);
}
