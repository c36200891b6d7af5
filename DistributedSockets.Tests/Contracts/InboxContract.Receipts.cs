// What every inbox promises: what becomes of a reliable message is owed to its sender, and arrives once.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task What_the_mark_passes_is_owed_as_delivered_once()
    {
        var it = await CreateAsync();
        var (first, second) = (Reliable("1"), Reliable("3", from: Carol));
        await it.StoreAsync(first, Message("2"), second, Reliable("4"));

        Assert.True(await it.AcknowledgeAsync(Phone, 3));
        Assert.True(await it.AcknowledgeAsync(Tablet, 3));
        Assert.True(await it.AcknowledgeAsync(Phone, 3));

        var page = await it.OwedAsync();
        Assert.True(page.AtEnd);
        Assert.Equal(
            [
                (4, Alice, first.Id, 1, ReceiptState.Delivered, Phone, page.Owed[0].At),
                (5, Carol, second.Id, 3, ReceiptState.Delivered, Phone, page.Owed[0].At),
            ],
            page.Owed.Select(owed => (owed.Number, owed.Sender, Assert.Single(owed.Messages), owed.Seq, owed.State, owed.Device!.Value, owed.At)));
        Assert.True(page.Owed[0].At > 1_700_000_000_000);
    }

    [Fact]
    public async Task Who_acknowledged_over_a_plain_connection_is_told_apart_from_nobody()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"), Reliable("2"));

        await it.AcknowledgeAsync(DeviceId.Plain, 1);
        await it.AcknowledgeAsync(new DeviceId("plain"), 2);

        Assert.Equal([DeviceId.Plain, new DeviceId("plain")], (await it.OwedAsync()).Owed.Select(receipt => receipt.Device!.Value));
    }

    [Fact]
    public async Task Messages_without_an_id_owe_nothing()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Messages(3));

        Assert.False(await it.AcknowledgeAsync(Phone, 3));

        Assert.False(await it.MarkReadAsync(3));
        Assert.Empty((await it.OwedAsync()).Owed);
    }

    [Fact]
    public async Task Ten_thousand_are_acknowledged_at_once()
    {
        var it = await CreateAsync();
        const int Count = 10_000;
        var messages = Enumerable.Range(0, Count).Select(number => Reliable("1", $"{number}")).ToList();
        foreach (var batch in messages.Chunk(500))
        {
            await it.StoreAsync(batch);
        }

        Assert.True(await it.AcknowledgeAsync(Phone, Count - 1));

        Assert.Equal(Count - 1, await it.CursorAsync(Phone));
        Assert.Equal(Count - 1, await it.CursorAsync(Tablet));
        var owed = (await it.OwedAsync(Count)).Owed;
        Assert.Equal(messages.Take(Count - 1).Select(message => message.Id), owed.SelectMany(receipt => receipt.Messages));
        Assert.All(owed, receipt => Assert.InRange(receipt.Messages.Count, 1, InboxLimits.MessagesPerReceipt));
        Assert.Equal(new Ledger(Count, Count - 1, 0, 0, 1), (await it.SweepAsync()).Ledger);
    }

    [Fact]
    public async Task What_is_owed_is_read_in_pages_and_settled()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"), Reliable("2"), Reliable("3"));
        await it.AcknowledgeOneByOneAsync(Phone, 3);

        var page = await it.OwedAsync(2);
        Assert.Equal([2, 3], page.Owed.Select(receipt => receipt.Number));
        Assert.False(page.AtEnd);

        await it.SettleAsync("another", 2, 3, 4);
        Assert.Equal(3, (await it.OwedAsync()).Owed.Count);
        await it.SettleAsync(page.Life, 3);
        Assert.Equal([2, 4], (await it.OwedAsync()).Owed.Select(receipt => receipt.Number));
        Assert.Equal([4], (await it.OwedAsync(after: 2)).Owed.Select(receipt => receipt.Number));
        await it.SettleAsync(page.Life, 2, 3);
        Assert.Equal([4], (await it.OwedAsync()).Owed.Select(receipt => receipt.Number));
        Assert.True(await it.AcknowledgeAsync(Phone, 3));
        await it.SettleAsync(page.Life, 4);
        Assert.False(await it.AcknowledgeAsync(Phone, 3));

        await it.StoreAsync(Reliable("4"));
        await it.AcknowledgeAsync(Phone, 4);
        Assert.Equal([6], (await it.OwedAsync()).Owed.Select(receipt => receipt.Number));
    }

    [Fact]
    public async Task Receipts_arrive_in_the_senders_inbox_one_for_a_stretch_and_once()
    {
        var it = await CreateAsync();
        var session = new Session(Alice, Phone, Node, ConnectionId.New(), 1);
        await it.Registry.OpenAsync(session, CancellationToken);
        Envelope[] sent = [Reliable("1"), Reliable("2"), Reliable("3")];
        await it.StoreAsync(sent);
        await it.AcknowledgeAsync(Phone, 2);
        await it.AcknowledgeAsync(Tablet, 3);
        var page = await it.OwedAsync();

        var appended = await it.ReceiptAsync(page, [.. page.Owed]);
        var again = await it.ReceiptAsync(page, [.. page.Owed]);

        Assert.Empty(again.Receipts);
        Assert.Equal([session], appended.Sessions);
        Assert.Equal([session], again.Sessions);
        var stored = await it.ReadAsync(Alice);
        Assert.Equal([1, 2], stored.Select(receipt => receipt.Seq));
        Assert.Equal(stored.Select(receipt => receipt.Id), appended.Receipts.Select(receipt => receipt.Id));
        Assert.All(stored, receipt => Assert.Equal((EnvelopeKind.Receipt, Bob, Alice, false), (receipt.Kind, receipt.From, receipt.To, receipt.IsReliable)));
        Assert.All(appended.Receipts, receipt => Assert.Equal(EnvelopeKind.Receipt, receipt.Kind));
        Assert.Equal(
            [
                $"\"mid\":[\"{sent[0].Id}\",\"{sent[1].Id}\"],\"peer\":\"bob {{b:б}}\",\"state\":\"delivered\",\"device\":\"phone\",\"ts\":{page.Owed[0].At}",
                $"\"mid\":[\"{sent[2].Id}\"],\"peer\":\"bob {{b:б}}\",\"state\":\"delivered\",\"device\":\"tab{{let}}:1\",\"ts\":{page.Owed[1].At}",
            ],
            stored.Select(receipt => Encoding.UTF8.GetString(receipt.Body.Span)));
        Assert.Equal((await it.Inbox.ReadEndsAsync([Alice], CancellationToken))[0], new InboxEnd(2, appended.Receipts[0].Epoch));
    }

    [Fact]
    public async Task Of_a_stretch_that_has_arrived_in_part_the_rest_arrives()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"), Reliable("2"), Reliable("3"));
        await it.AcknowledgeOneByOneAsync(Phone, 3);
        var page = await it.OwedAsync();

        await it.ReceiptAsync(page, page.Owed[0]);
        var rest = await it.ReceiptAsync(page, [.. page.Owed]);

        var body = Encoding.UTF8.GetString(Assert.Single(rest.Receipts).Body.Span);
        Assert.DoesNotContain(page.Owed[0].Messages[0].Value, body, StringComparison.Ordinal);
        Assert.Contains(page.Owed[1].Messages[0].Value, body, StringComparison.Ordinal);
        Assert.Contains(page.Owed[2].Messages[0].Value, body, StringComparison.Ordinal);
        Assert.Equal(2, rest.Receipts[0].Seq);
    }

    [Fact]
    public async Task Outcomes_of_one_state_and_device_make_up_one_receipt()
    {
        var it = await CreateAsync();
        Envelope[] sent = [Reliable("1"), Reliable("2"), Reliable("3")];
        await it.StoreAsync(sent);
        await it.AcknowledgeAsync(Phone, 1);
        await it.AcknowledgeAsync(Phone, 3);
        var page = await it.OwedAsync();

        Assert.Equal([1, 3], page.Owed.Select(receipt => receipt.Seq));
        var receipt = Assert.Single((await it.ReceiptAsync(page, [.. page.Owed])).Receipts);
        Assert.StartsWith($"\"mid\":[\"{sent[0].Id}\",\"{sent[1].Id}\",\"{sent[2].Id}\"],", Encoding.UTF8.GetString(receipt.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_of_several_senders_owe_each_of_them_one_outcome()
    {
        var it = await CreateAsync();
        Envelope[] sent = [Reliable("1"), Reliable("2", from: Carol), Reliable("3"), Reliable("4", from: Carol)];
        await it.StoreAsync(sent);

        await it.AcknowledgeAsync(Phone, 4);

        var owed = (await it.OwedAsync()).Owed;
        Assert.Equal([(5L, Alice, 3L), (6L, Carol, 4L)], owed.Select(receipt => (receipt.Number, receipt.Sender, receipt.Seq)));
        Assert.Equal([sent[0].Id, sent[2].Id], owed[0].Messages);
    }

    [Fact]
    public async Task A_receipt_tells_of_a_hundred_messages_at_most()
    {
        var it = await CreateAsync();
        await it.StoreAsync([.. Enumerable.Range(0, 101).Select(_ => Reliable("1"))]);
        await it.AcknowledgeAsync(Phone, 101);
        var page = await it.OwedAsync();

        Assert.Equal(2, (await it.ReceiptAsync(page, [.. page.Owed])).Receipts.Count);
    }

    [Fact]
    public async Task Numbers_of_another_life_count_anew()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"), Reliable("2"));
        await it.AcknowledgeAsync(Phone, 2);
        var page = await it.OwedAsync();

        await it.ReceiptAsync(page, [.. page.Owed]);

        Assert.Single((await it.ReceiptAsync(page with { Life = "another" }, page.Owed[0])).Receipts);
    }

    [Fact]
    public async Task Another_epoch_makes_nothing_cross_twice_and_keeps_nothing_back()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Reliable("1"), Reliable("2"), Reliable("3"))).Epoch;
        await it.AcknowledgeAsync(Phone, 1);
        var page = await it.OwedAsync();
        Assert.Single((await it.ReceiptAsync(page, [.. page.Owed])).Receipts);

        // Between the two steps of a courier.
        await it.Inbox.RenewEpochAsync(Bob, epoch, CancellationToken);
        var again = await it.OwedAsync();
        Assert.Empty((await it.ReceiptAsync(again, [.. again.Owed])).Receipts);
        await it.SettleAsync(page.Life, [.. page.Owed.Select(receipt => receipt.Number)]);
        Assert.Empty((await it.OwedAsync()).Owed);

        await it.AcknowledgeAsync(Phone, 2);
        var next = await it.OwedAsync();
        Assert.Equal([2], (await it.ReceiptAsync(next, [.. next.Owed])).Receipts.Select(receipt => receipt.Seq));

        // The same by a device that has what the store never had.
        await it.BeginAsync(Tablet, null, "t1", (await it.BeginAsync(Tablet, null, "t1")).Epoch, ack: 9);
        Assert.Empty((await it.ReceiptAsync(await it.OwedAsync(), [.. next.Owed])).Receipts);
        await it.AcknowledgeAsync(Phone, 3);
        next = await it.OwedAsync();
        Assert.Equal([3], (await it.ReceiptAsync(next, [.. next.Owed])).Receipts.Select(receipt => receipt.Seq));
    }

    [Fact]
    public async Task Receipts_need_no_room_and_are_not_counted()
    {
        var it = await CreateAsync(messages: 1);
        await it.StoreAsync(Reliable("1"));
        await it.AcknowledgeAsync(Phone, 1);
        await it.Inbox.AppendAsync(Alice, Messages(1), CancellationToken);
        var page = await it.OwedAsync();

        await it.ReceiptAsync(page, page.Owed[0]);

        Assert.Equal([1, 2], (await it.ReadAsync(Alice)).Select(envelope => envelope.Seq));
        Assert.Equal(new Ledger(1, 0, 0, 0, 1), (await it.Upkeep.SweepAsync(Alice, CancellationToken)).Ledger);
        Assert.Empty((await it.Inbox.AcknowledgeAsync(Alice, Phone, null, 2, CancellationToken)).Owed);
        Assert.Equal(new Ledger(1, 1, 0, 0, 0), (await it.Upkeep.SweepAsync(Alice, CancellationToken)).Ledger);
    }

    [Fact]
    public async Task Reading_owes_the_last_reliable_message_of_that_sender_forward_only()
    {
        var it = await CreateAsync();
        var messages = new[] { Reliable("1"), Reliable("2"), Message("3"), Reliable("4", from: Carol), Reliable("5") };
        await it.StoreAsync(messages);

        Assert.True(await it.MarkReadAsync(4));
        Assert.True(await it.MarkReadAsync(1));
        Assert.True(await it.MarkReadAsync(6));
        Assert.True(await it.MarkReadAsync(3));

        var page = await it.OwedAsync();
        var read = Assert.Single(page.Owed);
        Assert.Equal((4L, Alice, messages[1].Id, 2L, ReceiptState.Read, null), (read.Number, read.Sender, Assert.Single(read.Messages), read.Seq, read.State, read.Device));
        Assert.Equal(
            $"\"mid\":[\"{messages[1].Id}\"],\"upto\":2,\"peer\":\"bob {{b:б}}\",\"state\":\"read\",\"ts\":{read.At}",
            Encoding.UTF8.GetString((await it.ReceiptAsync(page, read)).Receipts[0].Body.Span));
        await it.MarkReadAsync(5);
        Assert.Equal([2, 5], (await it.OwedAsync()).Owed.Select(receipt => receipt.Seq));
    }

    [Fact]
    public async Task A_read_mark_of_another_epoch_says_nothing()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Reliable("1"), Reliable("2"))).Epoch;

        Assert.False(await it.MarkReadAsync(2, epoch: "long ago"));
        Assert.Empty((await it.OwedAsync()).Owed);

        Assert.True(await it.MarkReadAsync(1, epoch: epoch));
        Assert.Equal([1], (await it.OwedAsync()).Owed.Select(receipt => receipt.Seq));
    }

    [Fact]
    public async Task A_read_mark_looks_at_so_many_reliable_messages_and_no_further()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"));
        await it.StoreAsync([.. Enumerable.Range(0, InboxLimits.ReadMarkReach).Select(_ => Reliable("2", from: Carol))]);
        await it.StoreAsync(Messages(100));

        Assert.False(await it.MarkReadAsync(InboxLimits.ReadMarkReach + 1));
        Assert.False(await it.MarkReadAsync(InboxLimits.ReadMarkReach + 101));

        Assert.True(await it.MarkReadAsync(InboxLimits.ReadMarkReach));
        Assert.Equal([1], (await it.OwedAsync()).Owed.Select(receipt => receipt.Seq));
    }

    [Fact]
    public async Task What_has_expired_is_not_read()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"), Reliable("2") with { TtlSeconds = 1 });
        await it.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await it.SweepAsync()).Expired);

        await it.MarkReadAsync(2);

        Assert.Equal([(ReceiptState.Expired, 2L), (ReceiptState.Read, 1L)], (await it.OwedAsync()).Owed.Select(receipt => (receipt.State, receipt.Seq)));
    }

    [Fact]
    public async Task A_stranger_gets_no_receipts()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Message("1", Carol), Reliable("2"));

        Assert.False(await it.MarkReadAsync(2, Carol));
        Assert.False(await it.MarkReadAsync(2, new UserId("nobody")));
    }
}
