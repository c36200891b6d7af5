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

        // From the socket over Redis and the broker to the other socket, and every step hangs on another one of the same trace. Spans come when they end, each node's on
        // its own: the publishing one ends after what it has caused elsewhere.
        string? missing = null;
        await Eventually.IsAsync(
            () =>
            {
                var gaps = fixture.Telemetry.Spans.ToArray().GroupBy(span => span.Trace).Where(trace => Has(trace, "node-2", "ws deliver")).Select(Missing).ToList();
                missing = gaps.Count == 0 ? "no trace has 'ws deliver' on node-2" : gaps.FirstOrDefault(gap => gap is null, gaps[^1]);
                return missing is null;
            },
            () => $"one whole trace; {missing}");
    }

    /// <summary>What a message's trace lacks, in words; null when it is whole.</summary>
    private static string? Missing(IEnumerable<ReceivedSpan> spans)
    {
        var trace = spans.ToList();
        var ids = trace.Select(span => span.Id).ToHashSet();
        List<string> missing =
        [
            .. ((string[])["ws receive", "route", "redis ", "messages"]).Where(name => !trace.Exists(span => span.Service == "node-1" && span.Name.Contains(name, StringComparison.Ordinal))),
            .. trace.Where(span => span.Parent.Length > 0 && !ids.Contains(span.Parent)).Select(span => $"the parent of '{span.Name}' on {span.Service}"),
        ];
        if (trace.Where(span => span.Parent.Length == 0).Select(span => span.Name).ToList() is not ["ws receive"])
        {
            missing.Add("'ws receive' as the only root");
        }

        return missing.Count == 0 ? null : $"the latest lacks {string.Join(", ", missing)}";
    }

    private static bool Has(IEnumerable<ReceivedSpan> spans, string service, string name) => spans.Any(span => span.Service == service && span.Name == name);
}
