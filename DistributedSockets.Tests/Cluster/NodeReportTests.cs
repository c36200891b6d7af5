// What a node tells about itself, and what older and newer versions make of it.
using System.Text.Json;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Cluster;

public sealed class NodeReportTests : IAsyncDisposable
{
    private readonly NodeParts _node = new();

    [Fact]
    public async Task Load_is_that_of_the_time_since_the_last_report()
    {
        await _node.ConnectAsync("alice");
        await _node.ConnectAsync("alice");
        await _node.ConnectAsync("bob");
        Count(received: 3, written: 10, seconds: 2);
        Assert.Equal(new NodeLoad(3, 2, 1.5, 5, null), _node.Report.Take().Load! with { Work = null });

        Count(received: 1, written: 0, seconds: 2);
        Assert.Equal(new NodeLoad(3, 2, 0.5, 0, null), _node.Report.Take().Load! with { Work = null });
    }

    [Fact]
    public void Work_is_told_by_path_with_what_waits_and_how_the_bus_is()
    {
        _node.Metrics.Delivered(Delivery.Local, 8);
        _node.Metrics.Delivered(Delivery.Remote, 4);
        _node.Metrics.Delivered(Delivery.Inbox, 2);
        Count(received: 0, written: 0, seconds: 2);
        Assert.Equal(new NodeWork(4, 2, 1, 0, 0, 0, 1, "connected"), _node.Report.Take().Load!.Work! with { Memory = 1 });

        _node.Bus.State = BusState.Blocked;
        Count(received: 0, written: 0, seconds: 2);
        Assert.Equal(new NodeWork(0, 0, 0, 0, 0, 0, 1, "blocked"), _node.Report.Take().Load!.Work! with { Memory = 1 });
    }

    [Fact]
    public void Report_right_after_another_repeats_its_rates()
    {
        Count(received: 20, written: 20, seconds: 2);
        Assert.Equal((10, 10), Rates());
        Count(received: 1, written: 1, seconds: 0.01);
        Assert.Equal((10, 10), Rates());

        // What came in between is not lost to the next one.
        Count(received: 1, written: 1, seconds: 1.99);
        Assert.Equal((1, 1), Rates());
    }

    [Fact]
    public void Node_that_stops_says_so()
    {
        Assert.False(_node.Report.Take().Draining);
        _node.Status.Enter(NodePhase.Stopping);
        Assert.True(_node.Report.Take().Draining);
    }

    [Fact]
    public void What_an_older_version_tells_is_understood()
    {
        var info = JsonSerializer.Deserialize(
            """{"node":{"value":"server-1"},"url":"http://localhost:8081","host":"h","processId":7,"version":"0.1.0","startedAt":5}""", NodeInfoJson.Default.NodeInfo)!;

        Assert.Equal((7, false, null), (info.ProcessId, info.Draining, info.Load));
    }

    [Fact]
    public void What_is_told_comes_back_whole()
    {
        var info = _node.Report.Take() with { Draining = true, Load = new NodeLoad(1, 2, 3.5, 4.5, 5.25) { Work = new NodeWork(1, 2, 3, 4, 5, 6, 7, "connected") } };

        Assert.Equal(info, JsonSerializer.Deserialize(JsonSerializer.Serialize(info, NodeInfoJson.Default.NodeInfo), NodeInfoJson.Default.NodeInfo));
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private (double In, double Out) Rates() => _node.Report.Take().Load is { } load ? (load.InPerSecond, load.OutPerSecond) : default;

    private void Count(int received, int written, double seconds)
    {
        _node.Metrics.MessagesIn.Add(received);
        _node.Metrics.MessagesOut.Add(written);
        _node.Time.Advance(TimeSpan.FromSeconds(seconds));
    }
}
