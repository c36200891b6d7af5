// What every inbox promises of one that is emptied: each message that was accepted still has exactly one outcome.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task What_no_device_has_acknowledged_is_taken_out_and_ends_as_failed()
    {
        var it = await CreateAsync();
        var (first, second) = (Reliable("22"), Reliable("333") with { TtlSeconds = 3600 });
        await it.StoreAsync(Reliable("1"));
        await it.StoreAsync(first, Message("2"), second, Reliable("4", from: Carol));
        await it.AcknowledgeAsync(Phone, 1);
        Assert.Equal((5L, 1L, 4L, 7L), await DepthAsync(it));

        Assert.Equal(4, await it.Upkeep.ClearAsync(Bob, CancellationToken));

        Assert.Equal((5L, 1L, 0L, 0L), await DepthAsync(it));
        Assert.Equal([1L], (await it.ReadAsync()).Select(envelope => envelope.Seq));
        var failed = (await it.OwedAsync()).Owed.Where(receipt => receipt.State == ReceiptState.Failed).ToList();
        Assert.Equal([(Alice, 4L), (Carol, 5L)], failed.Select(receipt => (receipt.Sender, receipt.Seq)));
        Assert.Equal([first.Id, second.Id], failed[0].Messages);
        Assert.Equal((new Ledger(5, 1, 0, 4, 0), true), await SweepAsync(it));
    }

    [Fact]
    public async Task What_was_taken_out_is_neither_delivered_nor_expired_later_nor_taken_out_again()
    {
        var it = await CreateAsync();
        var message = Reliable("1", id: "m") with { TtlSeconds = 1 };
        await it.StoreAsync(message);
        await it.Upkeep.ClearAsync(Bob, CancellationToken);

        Assert.Equal(0, await it.Upkeep.ClearAsync(Bob, CancellationToken));
        Assert.Equal([PlacementKind.Gone], await it.TryStoreAsync(message));
        await it.AcknowledgeAsync(Phone, 1);
        await it.PassAsync(Second + Moment);

        Assert.Equal((new Ledger(1, 0, 0, 1, 0), true), await SweepAsync(it));
        Assert.Single((await it.OwedAsync()).Owed);
    }

    [Fact]
    public async Task A_cleared_inbox_has_room_again_and_goes_on_behind_its_last_seq()
    {
        var it = await CreateAsync(messages: 2, bytes: 3);
        await it.StoreAsync(Message("1"), Message("2"));
        await it.Upkeep.ClearAsync(Bob, CancellationToken);

        Assert.Equal(3, await it.StoreAsync(Message("333")));
        Assert.Equal(["333"], (await it.ReadAsync()).Select(envelope => System.Text.Encoding.UTF8.GetString(envelope.Body.Span)));
        Assert.Equal(new Ledger(3, 0, 0, 2, 1), (await it.SweepAsync()).Ledger);
    }

    [Fact]
    public async Task Receipts_stay_when_an_inbox_is_cleared_however_long_it_is()
    {
        var it = await CreateAsync();
        await it.Inbox.AppendAsync(Alice, [Reliable("0", from: Bob) with { To = Alice }], CancellationToken);
        await it.Inbox.AcknowledgeAsync(Alice, Phone, null, 1, CancellationToken);
        var owed = await it.Receipts.ReadOwedAsync(Alice, 0, 10, CancellationToken);
        await it.StoreAsync([.. Messages(400)]);
        await it.Receipts.AppendAsync(Bob, Alice, owed.Life, owed.Owed, CancellationToken);
        await it.StoreAsync([.. Messages(800)]);

        Assert.Equal(1200, await it.Upkeep.ClearAsync(Bob, CancellationToken));

        Assert.Equal([401L], (await it.ReadAsync()).Select(envelope => envelope.Seq));
        Assert.Equal((new Ledger(1200, 0, 0, 1200, 0), false), await SweepAsync(it));
    }

    [Fact]
    public async Task An_inbox_that_nobody_has_used_is_empty()
    {
        var it = await CreateAsync();

        Assert.Equal(new InboxDepth(0, 0, 0, 0, Epoch: null), await it.Upkeep.ReadDepthAsync(Bob, CancellationToken));
        Assert.Equal(0, await it.Upkeep.ClearAsync(Bob, CancellationToken));
    }

    private static async Task<(long Seq, long Delivered, long Pending, long Bytes)> DepthAsync(InboxUnderTest it)
    {
        var depth = await it.Upkeep.ReadDepthAsync(Bob, CancellationToken);
        return (depth.Seq, depth.Delivered, depth.Pending, depth.Bytes);
    }

    private static async Task<(Ledger Ledger, bool Owes)> SweepAsync(InboxUnderTest it)
    {
        var swept = await it.SweepAsync();
        return (swept.Ledger, swept.Owes);
    }
}
