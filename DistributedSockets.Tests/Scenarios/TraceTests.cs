// One trace covers a message's way over both nodes.
using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class TraceTests
{
    [Fact]
    public async Task One_trace_covers_the_receiving_and_the_sending_node()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NodeTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var cluster = await TestCluster.StartAsync(nodes: 2);

        // Names that no other test has: the source is the whole process's.
        var alice = await cluster.ConnectAsync("traced-alice", node: 0);
        var bob = await cluster.ConnectAsync("traced-bob", node: 1);

        // Before that the inbox serves bob, and what it keeps is not traced.
        await Eventually.IsAsync(() => cluster[1].Table.Find(new UserId("traced-bob")) is { IsLive: true }, "bob gets what arrives");
        await alice.SendAsync("traced-bob", "hi");
        await bob.NextMessageAsync();

        await Eventually.IsAsync(() => Of("ws receive", "traced-alice") is not null && Of("ws deliver", "traced-bob") is not null, "both ends are traced");
        var receive = Of("ws receive", "traced-alice")!;
        var deliver = Of("ws deliver", "traced-bob")!;
        Assert.Equal(receive.TraceId, deliver.TraceId);
        Assert.Equal($"{cluster[0].Incarnation}", receive.GetTagItem("ds.node"));
        Assert.Equal($"{cluster[1].Incarnation}", deliver.GetTagItem("ds.node"));
        Assert.Null(receive.ParentId);
        await Eventually.IsAsync(() => spans.Any(span => span.OperationName == "route" && span.TraceId == receive.TraceId), "the routing is traced");

        Activity? Of(string name, string user) => spans.FirstOrDefault(span => span.OperationName == name && Equals(span.GetTagItem("ds.user"), user));
    }
}
