// What a device has is acknowledged, one call at a time.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Inbox;

public sealed class AcknowledgerTests
{
    private static readonly UserId Bob = new("bob");
    private static readonly DeviceId Phone = new("phone");
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task What_is_written_during_a_call_goes_with_the_next_one()
    {
        await using var node = new NodeParts();
        await node.Kept.AppendAsync(Bob, [.. Enumerable.Range(1, 20).Select(number => Saying($"{number}"))], CancellationToken.None);
        var acknowledger = new Acknowledger(node.Inbox, node.Receipts, Bob, DeviceId.Plain, () => { }, NeverClose, node.Time, NullLogger.Instance);
        var answers = node.Store.HoldAnswers("AcknowledgeAsync");

        acknowledger.Acknowledge(1, null, storedAt: 0);
        await answers.WhenReachedAsync();
        for (var seq = 2; seq <= 20; seq++)
        {
            acknowledger.Acknowledge(seq, null, storedAt: 0);
        }

        answers.Release();
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, node.Store.Count("AcknowledgeAsync"));
        Assert.Equal(20, (await node.Kept.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Call_that_failed_is_covered_by_the_next_one()
    {
        await using var node = new NodeParts();
        await node.Kept.AppendAsync(Bob, [Saying("1"), Saying("2")], CancellationToken.None);
        var acknowledger = new Acknowledger(node.Inbox, node.Receipts, Bob, DeviceId.Plain, () => { }, NeverClose, node.Time, NullLogger.Instance);
        node.Store.FailNext("AcknowledgeAsync");

        acknowledger.Acknowledge(1, null, storedAt: 0);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        acknowledger.Acknowledge(2, null, storedAt: 0);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(2, (await node.Kept.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Smaller_number_in_the_same_epoch_takes_nothing_back()
    {
        await using var node = new NodeParts();
        var epoch = (await node.Kept.AppendAsync(Bob, [.. Enumerable.Range(1, 20).Select(number => Saying($"{number}"))], CancellationToken.None)).Epoch;
        var acknowledger = new Acknowledger(node.Inbox, node.Receipts, Bob, Phone, () => { }, NeverClose, node.Time, NullLogger.Instance);
        var answers = node.Store.HoldAnswers("AcknowledgeAsync");

        acknowledger.Acknowledge(1, epoch, storedAt: 0);
        await answers.WhenReachedAsync();
        acknowledger.Acknowledge(20, epoch, storedAt: 0);
        acknowledger.Acknowledge(5, epoch, storedAt: 0);
        answers.Release();

        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(20, (await node.Kept.ReadCursorAsync(Bob, Phone, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Defect_is_told_and_closes_the_connection_and_the_next_one_is_tried()
    {
        await using var node = new NodeParts();
        await node.Kept.AppendAsync(Bob, [Saying("1"), Saying("2")], CancellationToken.None);
        var (log, closed) = (new RecordingLogger(), new List<CloseReason>());
        var acknowledger = new Acknowledger(node.Inbox, node.Receipts, Bob, DeviceId.Plain, () => { }, closed.Add, node.Time, log);
        node.Store.BreakNext("AcknowledgeAsync");

        acknowledger.Acknowledge(1, null, storedAt: 0);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal([CloseReason.Broken], closed);
        Assert.IsType<InvalidOperationException>(Assert.Single(log.Lines, line => line.Level == LogLevel.Error).Exception);

        acknowledger.Acknowledge(2, null, storedAt: 0);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await node.Kept.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Another_message_at_the_place_that_was_acknowledged_shows_that_the_store_has_gone_back()
    {
        await using var node = new NodeParts();
        await node.Kept.AppendAsync(Bob, [Saying("1")], CancellationToken.None);
        var storedAt = (await node.InboxOfAsync("bob")).Envelopes[0].SentAt;
        var goneBack = 0;
        var acknowledger = new Acknowledger(node.Inbox, node.Receipts, Bob, Phone, () => goneBack++, NeverClose, node.Time, NullLogger.Instance);

        acknowledger.Acknowledge(1, null, storedAt - 1);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(1, goneBack);
        Assert.Equal(0, (await node.Kept.ReadCursorAsync(Bob, Phone, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Behind_many_at_once_the_next_call_waits_a_moment()
    {
        await using var node = new NodeParts();
        var (acknowledger, epoch) = await BeginAsync(node, Phone);

        acknowledger.Acknowledge(50, epoch, storedAt: 0);
        acknowledger.Acknowledge(60, epoch, storedAt: 0);
        Assert.Equal(2, node.Store.Count("AcknowledgeAsync"));

        node.Time.Advance(Moment);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, node.Store.Count("AcknowledgeAsync"));
        Assert.Equal(60, (await node.Kept.ReadCursorAsync(Bob, Phone, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Message_by_message_waits_for_nothing()
    {
        await using var node = new NodeParts();
        var (acknowledger, epoch) = await BeginAsync(node, Phone);

        for (var seq = 2; seq <= 20; seq++)
        {
            acknowledger.Acknowledge(seq, epoch, storedAt: 0);
            await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        }

        Assert.Equal(20, node.Store.Count("AcknowledgeAsync"));
    }

    [Fact]
    public async Task So_many_that_a_call_is_full_wait_no_longer()
    {
        await using var node = new NodeParts();
        var (acknowledger, epoch) = await BeginAsync(node, Phone);

        acknowledger.Acknowledge(50, epoch, storedAt: 0);
        acknowledger.Acknowledge(305, epoch, storedAt: 0);
        Assert.Equal(2, node.Store.Count("AcknowledgeAsync"));
        acknowledger.Acknowledge(306, epoch, storedAt: 0);
        await Eventually.IsAsync(() => node.Store.Count("AcknowledgeAsync") == 3, "256 messages are acknowledged before the moment is over");
        Assert.Equal(306, (await node.Kept.ReadCursorAsync(Bob, Phone, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Who_is_in_a_hurry_waits_for_no_moment()
    {
        await using var node = new NodeParts();
        var (acknowledger, epoch) = await BeginAsync(node, Phone);

        acknowledger.Acknowledge(50, epoch, storedAt: 0);
        acknowledger.Acknowledge(60, epoch, storedAt: 0);
        acknowledger.Hurry();
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(60, (await node.Kept.ReadCursorAsync(Bob, Phone, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task At_its_end_a_connection_waits_for_no_moment()
    {
        await using var node = new NodeParts();
        var (acknowledger, epoch) = await BeginAsync(node, Phone);

        acknowledger.Acknowledge(50, epoch, storedAt: 0);
        acknowledger.Acknowledge(60, epoch, storedAt: 0);
        await acknowledger.EndAsync().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(60, (await node.Kept.ReadCursorAsync(Bob, Phone, CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Plain_connection_is_never_behind_what_was_written()
    {
        await using var node = new NodeParts();
        var (acknowledger, epoch) = await BeginAsync(node, DeviceId.Plain);

        acknowledger.Acknowledge(50, epoch, storedAt: 0);
        acknowledger.Acknowledge(60, epoch, storedAt: 0);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(60, (await node.Kept.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken.None)).Seq);
    }

    /// <summary>Of somebody with messages, of whom the device has acknowledged the first.</summary>
    private static async Task<(Acknowledger Acknowledger, string Epoch)> BeginAsync(NodeParts node, DeviceId device)
    {
        var epoch = (await node.Kept.AppendAsync(Bob, [.. Enumerable.Range(1, 400).Select(number => Saying($"{number}"))], CancellationToken.None)).Epoch;
        var acknowledger = new Acknowledger(node.Inbox, node.Receipts, Bob, device, () => { }, NeverClose, node.Time, NullLogger.Instance);
        acknowledger.Acknowledge(1, epoch, storedAt: 0);
        await acknowledger.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        return (acknowledger, epoch);
    }

    private static void NeverClose(CloseReason reason) => Assert.Fail($"The connection was closed: {reason}");
}
