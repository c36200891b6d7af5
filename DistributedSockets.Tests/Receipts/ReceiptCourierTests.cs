// Receipts get across once, whatever step fails on the way.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Receipts;

public sealed class ReceiptCourierTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    [Theory]
    [InlineData("ReadOwedAsync")]
    [InlineData("ReadCopiedAsync")]
    [InlineData("ReadDevicesAsync")]
    [InlineData("EnterAsync")]
    [InlineData("AppendReceiptsAsync")]
    [InlineData("SettleAsync")]
    public async Task What_one_attempt_has_left_the_next_one_finishes(string failing)
    {
        await using var node = new NodeParts();
        await DeliverAsync(node, "1", "2");
        node.Store.FailNext(failing);

        await Assert.ThrowsAsync<InboxUnavailableException>(() => node.Receipts.DeliverOwedAsync(Bob, CancellationToken.None));
        await node.Receipts.DeliverOwedAsync(Bob, CancellationToken.None);

        Assert.Equal(2, await CountReceiptsAsync(node));
        Assert.Empty((await node.Kept.ReadOwedAsync(Bob, 0, 10, CancellationToken.None)).Owed);
    }

    [Fact]
    public async Task One_sender_who_fails_holds_up_nobody_and_is_told_next_time()
    {
        await using var node = new NodeParts();
        await DeliverFromAsync(node, "carol", [.. Enumerable.Range(1, 450).Select(number => $"{number}")]);
        await DeliverAsync(node, "1", "2");
        node.Store.FailNext("AppendReceiptsAsync");

        await Assert.ThrowsAsync<InboxUnavailableException>(() => node.Receipts.DeliverOwedAsync(Bob, CancellationToken.None));

        Assert.Equal((0, 2), (await CountReceiptsAsync(node, "carol"), await CountReceiptsAsync(node)));
        Assert.Equal(2, node.Store.Count("AppendReceiptsAsync"));
        Assert.Equal(450, (await node.Kept.ReadOwedAsync(Bob, 0, 1000, CancellationToken.None)).Owed.Where(owed => owed.State != ReceiptState.Copy).Sum(owed => owed.Messages.Count));

        await node.Receipts.DeliverOwedAsync(Bob, CancellationToken.None);
        Assert.Equal((450, 2), (await CountReceiptsAsync(node, "carol"), await CountReceiptsAsync(node)));
        Assert.Empty((await node.Kept.ReadOwedAsync(Bob, 0, 10, CancellationToken.None)).Owed);
    }

    [Fact]
    public async Task Two_at_once_do_not_double_a_receipt()
    {
        await using var node = new NodeParts();
        await DeliverAsync(node, [.. Enumerable.Range(1, 500).Select(number => $"{number}")]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => node.Receipts.DeliverOwedAsync(Bob, CancellationToken.None)));

        Assert.Equal(500, await CountReceiptsAsync(node));
    }

    [Fact]
    public async Task Node_that_slept_past_its_lease_asks_before_it_hands_a_receipt_over()
    {
        await using var node = new NodeParts();
        var alice = await node.ConnectAsync("alice");
        await DeliverAsync(node, "1");
        node.Status.Refresh(node.Time.GetTimestamp(), TimeSpan.FromSeconds(6));
        node.Time.Advance(TimeSpan.FromSeconds(7));

        var delivering = node.Receipts.DeliverOwedAsync(Bob, CancellationToken.None);
        await Eventually.IsAsync(() => node.Store.Count("AppendReceiptsAsync") == 1, "the receipt is stored");
        Assert.False(delivering.IsCompleted);

        node.Status.LetGo();
        await node.AdvanceUntilAsync(() => delivering.IsCompleted, "it goes on");
        Assert.Equal(0, alice.Waiting);
    }

    /// <summary>Messages of alice that bob has acknowledged, and nobody has told her yet.</summary>
    private static Task DeliverAsync(NodeParts node, params string[] texts) => DeliverFromAsync(node, "alice", texts);

    private static async Task DeliverFromAsync(NodeParts node, string sender, params string[] texts)
    {
        Envelope[] envelopes = [.. texts.Select(text => Saying(text, sender, "bob") with { ClientId = text })];
        var appended = await node.Kept.AppendAsync(Bob, envelopes, CancellationToken.None);
        Assert.NotEmpty((await node.Kept.AcknowledgeAsync(Bob, new DeviceId("phone"), null, appended.Placements[^1].Seq, CancellationToken.None)).Owed);
    }

    private static async Task<int> CountReceiptsAsync(NodeParts node, string sender = "alice")
    {
        var receipts = (await node.InboxOfAsync(sender)).Envelopes;
        Assert.All(receipts, receipt => Assert.Equal(EnvelopeKind.Receipt, receipt.Kind));
        return receipts.Sum(receipt => Text(receipt).Split(']')[0].Split(',').Length);
    }
}
