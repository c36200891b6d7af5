// A node that does not hear itself, and one that only has no broker.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Cluster;

public sealed class LoopbackProbeTests : IAsyncDisposable
{
    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<bool> _missed = [];
    private readonly LoopbackProbe _probe;
    private Task _running = Task.CompletedTask;

    public LoopbackProbeTests() => _probe = new LoopbackProbe(
        _node.Bus, _node.Status, _node.Metrics, Options.Create(new SocketNodeOptions()), _node.Time, NullLogger<LoopbackProbe>.Instance);

    [Fact]
    public async Task Two_confirmed_probes_that_do_not_arrive_make_a_node_deaf_until_one_does()
    {
        _node.Bus.ProbeOutcome = PublishOutcome.Routed;
        _running = _probe.RunAsync(_missed.Add, _stopping.Token);
        await _node.AdvanceUntilAsync(() => _missed.Count == 2, "two probes are missed");
        Assert.Equal([false, true], _missed);
        Assert.True(_probe.IsDeaf);

        for (var number = 1L; _probe.IsDeaf; number++)
        {
            _probe.Heard(number);
            _node.Time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.True(number < 100_000, "the probe that was heard did not count");
        }
    }

    [Theory]
    [InlineData(PublishOutcome.Unroutable)]
    [InlineData(PublishOutcome.Unknown)]
    internal async Task Probe_that_the_broker_did_not_confirm_is_not_missed(PublishOutcome outcome)
    {
        _node.Bus.ProbeOutcome = outcome;
        _running = _probe.RunAsync(_missed.Add, _stopping.Token);
        var since = _node.Time.GetTimestamp();
        await _node.AdvanceUntilAsync(() => _node.Time.GetElapsedTime(since) > TimeSpan.FromSeconds(30), "30 s have passed");

        Assert.Empty(_missed);
        Assert.False(_probe.IsDeaf);
        Assert.Null(_probe.LastLag);
    }

    [Fact]
    public async Task Probe_that_arrives_tells_how_long_it_took()
    {
        _node.Bus.ProbeOutcome = null;
        await using var self = await ConsumingNode.StartAsync(_node.Wire, _node.Self);
        _running = _probe.RunAsync(_missed.Add, _stopping.Token);
        var heard = self.Received.NextNoticeAsync();
        await _node.AdvanceUntilAsync(() => heard.IsCompleted, "a probe was sent");
        _probe.Heard(Assert.IsType<Notice.Probe>(await heard).Number);
        await Eventually.IsAsync(() => _probe.LastLag is not null, "the probe was heard");

        Assert.Empty(_missed);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(TestClient.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        await _node.DisposeAsync();
    }
}
