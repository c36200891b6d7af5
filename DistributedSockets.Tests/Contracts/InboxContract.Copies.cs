// What every inbox promises: what was sent is owed to the sender's other devices, and the books balance with it.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task What_is_stored_with_an_id_is_owed_as_copies_once_a_row_of_one_sender_and_device()
    {
        var it = await CreateAsync();
        Envelope[] sent =
        [
            Reliable("1", "a") with { SentBy = Phone }, Reliable("2") with { SentBy = Phone }, Reliable("3") with { SentBy = Tablet }, Message("4"), Reliable("5", from: Carol),
        ];

        await it.AppendOnlyAsync(sent);
        await it.AppendOnlyAsync(Reliable("1", "a") with { SentBy = Phone });

        var owed = (await it.OwedAsync()).Owed;
        Assert.Equal(
            [(1, Alice, 2, Phone), (2, Alice, 3, Tablet), (3, Carol, 5, DeviceId.Plain)], owed.Select(copy => (copy.Number, copy.Sender, copy.Seq, copy.Device!.Value)));
        Assert.All(owed, copy => Assert.Equal(ReceiptState.Copy, copy.State));
        Assert.Equal([(sent[0].Id, 2), (sent[2].Id, 1), (sent[4].Id, 1)], owed.Select(copy => (Assert.Single(copy.Messages), copy.Count)));
    }

    [Fact]
    public async Task What_is_to_be_copied_is_read_back_as_it_was_stored_and_what_has_gone_is_left_out()
    {
        var it = await CreateAsync();
        Envelope[] sent =
        [
            Reliable("1") with { ContentType = "text/plain", TtlSeconds = 60 }, Message("2"), Reliable("3") with { TtlSeconds = 1 }, Reliable("4", from: Carol), Edit("5", "m1"), Reliable("6"),
        ];
        await it.AppendOnlyAsync(sent);
        var owed = (await it.OwedAsync()).Owed;
        await it.PassAsync(TimeSpan.FromSeconds(1));
        await it.SweepAsync();

        var copied = await it.Receipts.ReadCopiedAsync(Bob, [.. owed.Where(copy => copy.Sender == Alice)], CancellationToken);

        Assert.Equal(
            [(sent[0].Id, 1, EnvelopeKind.Message, "text/plain", 60), (sent[4].Id, 5, EnvelopeKind.Edit, null, 0), (sent[5].Id, 6, EnvelopeKind.Message, null, 0)],
            copied.Select(message => (message.Id, message.Seq, message.Kind, message.ContentType, message.TtlSeconds)));
        Assert.Equal(new MessageId("m1"), copied[1].Of);
        Assert.Empty(await it.Receipts.ReadCopiedAsync(Carol, owed, CancellationToken));
    }

    [Fact]
    public async Task Copies_and_receipts_arrive_in_the_order_of_their_numbers_and_once()
    {
        var it = await CreateAsync();
        var page = await CopiesAndReceiptsAsync(it);

        var appended = await it.ReceiptAsync(page, [.. page.Owed]);
        Assert.Empty((await it.ReceiptAsync(page, [.. page.Owed])).Receipts);

        var stored = await it.ReadAsync(Alice);
        Assert.Equal(["1", "2", "receipt", "3"], stored.Select(entry => entry.Kind == EnvelopeKind.Receipt ? "receipt" : Encoding.UTF8.GetString(entry.Body.Span)));
        Assert.Equal([1, 2, 3, 4], stored.Select(entry => entry.Seq));
        Assert.All(stored.Where(entry => entry.Kind != EnvelopeKind.Receipt), copy =>
            Assert.Equal((Alice, Alice, Bob, Phone, 1_764L), (copy.From, copy.To, copy.Copy!.To, copy.SentBy!.Value, copy.Copy.At)));
        Assert.Equal((EnvelopeKind.Edit, new MessageId("m1")), (stored[3].Kind, stored[3].Of!.Value));
        Assert.Equal(stored.Select(entry => (entry.Id, entry.Seq, entry.Copy)), appended.Receipts.Select(entry => (entry.Id, entry.Seq, entry.Copy)));
    }

    [Fact]
    public async Task Of_copies_that_have_arrived_in_part_the_rest_arrives()
    {
        var it = await CreateAsync();
        var page = await CopiesAndReceiptsAsync(it);

        Assert.Equal(2, (await it.ReceiptAsync(page, page.Owed[0])).Receipts.Count);
        Assert.Equal(2, (await it.ReceiptAsync(page, [.. page.Owed])).Receipts.Count);

        Assert.Equal(4, (await it.ReadAsync(Alice)).Count);
    }

    [Fact]
    public async Task Copies_are_no_messages_of_the_inbox_and_the_books_balance()
    {
        var it = await CreateAsync(messages: 1);
        var page = await CopiesAndReceiptsAsync(it);
        await it.Inbox.AppendAsync(Alice, Messages(1), CancellationToken);

        await it.ReceiptAsync(page, [.. page.Owed]);

        Assert.Equal(new Ledger(1, 0, 0, 0, 1), (await it.Upkeep.SweepAsync(Alice, CancellationToken)).Ledger);
        Assert.Empty((await it.Inbox.AcknowledgeAsync(Alice, Tablet, null, 5, CancellationToken)).Owed);
        Assert.False(await it.Receipts.MarkReadAsync(Alice, Alice, null, 5, CancellationToken));
        Assert.Equal(new Ledger(1, 1, 0, 0, 0), (await it.Upkeep.SweepAsync(Alice, CancellationToken)).Ledger);
        Assert.Equal(5, (await it.ReadAsync(Alice)).Count);
    }

    [Fact]
    public async Task Edits_and_deletions_are_told_from_messages_with_the_same_id()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Edit("1", "m1") with { ClientId = "a" }, Delete("m1") with { ClientId = "b" }, Reliable("1", "c"));

        Assert.Equal(
            [PlacementKind.Duplicate, PlacementKind.IdReused, PlacementKind.IdReused, PlacementKind.Duplicate, PlacementKind.IdReused],
            await it.TryStoreAsync(
                Edit("1", "m1") with { ClientId = "a" }, Reliable("1", "a"), Edit("1", "m2") with { ClientId = "a" }, Delete("m1") with { ClientId = "b" }, Delete("m1") with { ClientId = "c" }));

        var stored = await it.ReadAsync();
        Assert.Equal([EnvelopeKind.Edit, EnvelopeKind.Delete, EnvelopeKind.Message], stored.Select(entry => entry.Kind));
        Assert.Equal(["m1", "m1", null], stored.Select(entry => entry.Of?.Value));
        Assert.True(await it.AcknowledgeAsync(Phone, 3));
        Assert.Equal(new Ledger(3, 3, 0, 0, 0), (await it.SweepAsync()).Ledger);
    }

    [Fact]
    public async Task Plain_connections_are_no_devices()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1"));
        await it.BeginAsync(Phone, null, "t1");
        await it.BeginAsync(Tablet, null, "t2");
        await it.AcknowledgeAsync(DeviceId.Plain, 1);

        Assert.Equal([Phone, Tablet], (await it.Receipts.ReadDevicesAsync(Bob, CancellationToken)).OrderBy(device => device.Value, StringComparer.Ordinal));
        Assert.Empty(await it.Receipts.ReadDevicesAsync(Carol, CancellationToken));
    }

    private static Envelope Edit(string body, string of) => Reliable(body) with { Kind = EnvelopeKind.Edit, Of = new MessageId(of) };

    private static Envelope Delete(string of) => Reliable("") with { Kind = EnvelopeKind.Delete, Of = new MessageId(of) };

    /// <summary>Two messages of alice's phone, the receipt for them, and an edit, as a courier has them for her other devices.</summary>
    private static async Task<OwedPage> CopiesAndReceiptsAsync(InboxUnderTest it)
    {
        await it.AppendOnlyAsync(Reliable("1") with { SentBy = Phone });
        var first = await it.OwedAsync();
        Envelope[] sent = [Reliable("1"), Reliable("2"), Edit("3", "m1")];
        Envelope[] copies = [.. sent.Select(message => message with { To = Alice, SentBy = Phone, Copy = new SentCopy(Bob, 1_764) })];
        return first with
        {
            Owed =
            [
                first.Owed[0] with { Copies = copies[..2] },
                first.Owed[0] with { Number = 2, State = ReceiptState.Delivered },
                first.Owed[0] with { Number = 3 },
                first.Owed[0] with { Number = 4, Copies = copies[2..] },
            ],
        };
    }
}
