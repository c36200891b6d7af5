// What every inbox promises of messages that were stored together: that nobody sees it.
using System.Globalization;
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using static DistributedSockets.SocketNode.Inbox.PlacementKind;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task A_page_may_begin_and_end_between_messages_that_were_stored_together()
    {
        var it = await CreateAsync();
        var stored = Row(30);
        stored[11] = stored[11] with { ContentType = "text/plain" };
        var epoch = (await it.AppendAsync(stored)).Epoch;

        var page = await it.Inbox.ReadAsync(Bob, 10, 5, CancellationToken);

        Assert.False(page.AtEnd);
        Assert.Equal(
            stored[10..15].Select((message, index) => (message.Id, message.From, message.To, message.ClientId, message.ContentType, index + 11L, epoch)),
            page.Envelopes.Select(message => (message.Id, message.From, message.To, message.ClientId, message.ContentType, message.Seq, message.Epoch!)));
        Assert.Equal(["11", "12", "13", "14", "15"], page.Envelopes.Select(message => Encoding.UTF8.GetString(message.Body.Span)));
        Assert.Equal((4, false), await PageAsync(25, 4));
        Assert.Equal((5, true), await PageAsync(25, 5));
        Assert.Equal((0, true), await PageAsync(30, 5));

        async Task<(int, bool)> PageAsync(long after, int limit)
        {
            var read = await it.Inbox.ReadAsync(Bob, after, limit, CancellationToken);
            return (read.Envelopes.Count, read.AtEnd);
        }
    }

    [Fact]
    public async Task A_mark_may_lie_between_messages_that_were_stored_together()
    {
        var it = await CreateAsync();
        var (first, second) = (Row(10), Row(10));
        await it.StoreAsync(first);
        await it.StoreAsync(second);

        await it.AcknowledgeAsync(Phone, 4);
        Assert.Equal((20L, 4L, 16L, 18L), await DepthAsync(it));
        await it.AcknowledgeAsync(Tablet, 4);
        await it.AcknowledgeAsync(Phone, 12);
        await it.AcknowledgeAsync(Tablet, 11);
        Assert.Equal((20L, 12L, 8L, 9L), await DepthAsync(it));

        Assert.Equal(
            [first[..4].Select(message => message.Id), [.. first[4..].Select(message => message.Id), .. second[..2].Select(message => message.Id)]],
            (await it.OwedAsync()).Owed.Select(owed => owed.Messages));
        Assert.Equal((new Ledger(20, 12, 0, 0, 8), true), await SweepAsync(it));
        await it.AcknowledgeAsync(Phone, 20);
        Assert.Equal((new Ledger(20, 20, 0, 0, 0), true), await SweepAsync(it));
    }

    [Fact]
    public async Task A_hello_may_name_one_of_the_messages_that_were_stored_together()
    {
        var it = await CreateAsync();
        var stored = Row(5);
        var epoch = (await it.AppendAsync(stored)).Epoch;
        await it.BeginAsync(Phone, null, "t1");

        Assert.Equal((null, 3L), await HelloAsync("t1", "t2", stored[2]));
        Assert.Equal((ResumeFailure.Epoch, 0L), await HelloAsync("t2", "t3", stored[3]));

        async Task<(ResumeFailure?, long)> HelloAsync(string token, string next, Envelope third)
        {
            var start = await it.BeginAsync(Phone, token, next, epoch, 3, third.Id.Value);
            return (start.Reason, start.After);
        }
    }

    [Fact]
    public async Task A_read_mark_may_lie_between_messages_that_were_stored_together()
    {
        var it = await CreateAsync();
        var stored = Row(5);
        await it.StoreAsync([.. stored, Reliable("6", from: Carol)]);

        await it.MarkReadAsync(3);
        await it.MarkReadAsync(2);
        await it.MarkReadAsync(6);

        Assert.Equal([(stored[2].Id, 3L), (stored[4].Id, 5L)], (await it.OwedAsync()).Owed.Select(owed => (Assert.Single(owed.Messages), owed.Seq)));
    }

    [Fact]
    public async Task Of_messages_that_come_together_again_those_are_stored_that_were_not()
    {
        var it = await CreateAsync();
        var stored = Row(4);
        await it.StoreAsync(stored);
        Envelope[] again = [.. stored[2..].Select(message => message with { Id = MessageId.New(TimeProvider.System) }), .. Row(2)];

        var placed = (await it.AppendAsync(again)).Placements;

        Assert.Equal([(Duplicate, stored[2].Id, 3L), (Duplicate, stored[3].Id, 4L), (Stored, again[2].Id, 5L), (Stored, again[3].Id, 6L)], placed.Select(placement => (placement.Kind, placement.Id, placement.Seq)));
        Assert.Equal([Gone, IdReused, Stored], await AgainAsync());

        async Task<IReadOnlyList<PlacementKind>> AgainAsync()
        {
            await it.Upkeep.ClearAsync(Bob, CancellationToken);
            return await it.TryStoreAsync(stored[0], stored[1] with { Body = "0"u8.ToArray() }, Reliable("7"));
        }
    }

    [Theory]
    [InlineData(3, 100)]
    [InlineData(100, 3)]
    public async Task Where_there_is_room_for_some_these_are_stored(int messages, int bytes)
    {
        var it = await CreateAsync(messages, bytes);
        await it.StoreAsync(Reliable("1"));

        Assert.Equal([Stored, Stored, Full, Full], await it.TryStoreAsync(Row(4)));

        await it.AcknowledgeAsync(Phone, 2);
        Assert.Equal([Stored, Stored, Full], await it.TryStoreAsync(Row(3)));
        Assert.Equal([1L, 2, 3, 4, 5], (await it.ReadAsync()).Select(message => message.Seq));
    }

    [Fact]
    public async Task Of_what_was_stored_together_the_rest_expires_when_some_was_delivered()
    {
        var it = await CreateAsync(new InboxLimits { Retention = Second });
        var stored = Row(5);
        await it.StoreAsync(stored);
        await it.AcknowledgeAsync(Phone, 2);
        await it.PassAsync(Second + Moment);

        Assert.Equal((new Ledger(5, 2, 3, 0, 0), true), await SweepAsync(it));
        Assert.Equal((5L, 2L, 0L, 0L), await DepthAsync(it));
        Assert.Empty(await it.ReadAsync());
        Assert.Equal(stored[2..].Select(message => message.Id), (await it.OwedAsync()).Owed.Where(owed => owed.State == ReceiptState.Expired).SelectMany(owed => owed.Messages));
    }

    [Fact]
    public async Task Of_what_was_stored_together_the_rest_is_taken_out_when_some_was_delivered()
    {
        var it = await CreateAsync();
        var stored = Row(5);
        await it.StoreAsync(stored);
        await it.AcknowledgeAsync(Phone, 2);

        Assert.Equal(3, await it.Upkeep.ClearAsync(Bob, CancellationToken));

        Assert.DoesNotContain(await it.ReadAsync(), message => message.Seq > 2);
        Assert.Equal(stored[2..].Select(message => message.Id), Assert.Single((await it.OwedAsync()).Owed, owed => owed.State == ReceiptState.Failed).Messages);
        Assert.Equal((new Ledger(5, 2, 0, 3, 0), true), await SweepAsync(it));
        Assert.Equal((5L, 2L, 0L, 0L), await DepthAsync(it));
    }

    [Fact]
    public async Task Who_comes_back_late_is_told_exactly_what_is_gone_of_what_was_stored_together()
    {
        var it = await CreateAsync();
        const int Count = InboxLimits.KeptBelowDelivered + 500;
        await it.StoreAsync(Row(Count));
        await it.BeginAsync(Tablet, null, "t1");
        await it.AcknowledgeAsync(Phone, Count);

        var first = (await it.ReadAsync())[0].Seq;
        Assert.InRange(first, 2, Count - InboxLimits.KeptBelowDelivered + 1);
        Assert.Equal((1, first - 1), (await it.BeginAsync(Tablet, "t1", "t2")).Gap);
    }

    /// <summary>Reliable messages of one sender.</summary>
    private static Envelope[] Row(int count) => [.. Enumerable.Range(1, count).Select(number => Reliable(number.ToString(CultureInfo.InvariantCulture)))];
}
