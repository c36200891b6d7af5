// What every inbox promises: a device's hello.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task A_new_device_begins_at_the_delivered_mark_and_has_a_cursor_from_then_on()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Messages(5))).Epoch;
        await it.AcknowledgeAsync(Phone, 2);

        Assert.Equal(new InboxStart(2, 5, epoch, ResumeFailure.New, Gap: null, IsKnown: false), await it.BeginAsync(Tablet, null, "t1"));

        await it.AcknowledgeAsync(Phone, 5);
        Assert.Equal(new InboxStart(2, 5, epoch, ResumeFailure.New, Gap: null, IsKnown: true), await it.BeginAsync(Tablet, null, "t2"));
        Assert.Equal(2, await it.CursorAsync(Tablet));
    }

    [Fact]
    public async Task A_hello_begins_the_epoch_of_an_inbox_that_never_had_a_message()
    {
        var it = await CreateAsync();

        var start = await it.BeginAsync(Phone, null, "t1");

        Assert.Equal(new InboxStart(0, 0, start.Epoch, ResumeFailure.New, Gap: null, IsKnown: false), start);
        Assert.Equal([new InboxEnd(0, start.Epoch)], await it.Inbox.ReadEndsAsync([Bob], CancellationToken));
        Assert.Equal(start.Epoch, (await it.AppendAsync(Messages(1))).Epoch);
    }

    [Fact]
    public async Task An_inbox_that_has_gone_back_gets_another_epoch_once_and_its_devices_begin_at_their_cursors()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Messages(5))).Epoch;
        await it.AcknowledgeAsync(Phone, 2);

        var renewed = await it.Inbox.RenewEpochAsync(Bob, epoch, CancellationToken);

        Assert.NotEqual(epoch, renewed);
        Assert.Equal(renewed, await it.Inbox.RenewEpochAsync(Bob, epoch, CancellationToken));
        Assert.Equal(new InboxStart(2, 5, renewed, ResumeFailure.Epoch, Gap: null, IsKnown: true), await it.BeginAsync(Phone, null, "t1", epoch, ack: 4));
        Assert.Equal(new InboxStart(0, 5, renewed, ResumeFailure.Epoch, Gap: null, IsKnown: false), await it.BeginAsync(Tablet, null, "t2", epoch, ack: 4));
    }

    [Fact]
    public async Task What_was_stored_later_than_what_a_device_was_sent_is_not_acknowledged_by_it()
    {
        var it = await CreateAsync();
        await it.BeginAsync(Tablet, null, "t1");
        await it.AppendAsync(Row(3));
        var storedAt = (await it.Inbox.ReadAsync(Bob, 0, 3, CancellationToken)).Envelopes[1].SentAt;

        Assert.Null(await it.Inbox.AcknowledgeAsync(Bob, Phone, null, 2, storedAt - 1, CancellationToken));
        Assert.Equal(0, await it.CursorAsync(Phone));
        Assert.Empty((await it.OwedAsync()).Owed);
        Assert.Equal(3, (await it.SweepAsync()).Ledger.Pending);

        Assert.NotNull(await it.Inbox.AcknowledgeAsync(Bob, Phone, null, 2, storedAt, CancellationToken));
        Assert.Equal(2, await it.CursorAsync(Phone));
        Assert.Equal(1, (await it.SweepAsync()).Ledger.Pending);

        // Another device has acknowledged it.
        Assert.Null(await it.Inbox.AcknowledgeAsync(Bob, Tablet, null, 2, storedAt - 1, CancellationToken));
        Assert.Equal(0, await it.CursorAsync(Tablet));
        Assert.NotNull(await it.Inbox.AcknowledgeAsync(Bob, Tablet, null, 2, storedAt, CancellationToken));
        Assert.Equal(2, await it.CursorAsync(Tablet));
    }

    [Fact]
    public async Task What_the_device_says_it_has_goes_before_its_cursor_within_the_epoch()
    {
        var it = await CreateAsync();
        var messages = Messages(5);
        var epoch = (await it.AppendAsync(messages)).Epoch;
        var first = await it.BeginAsync(Phone, null, "t1");
        await it.AcknowledgeAsync(Phone, 1);

        Assert.Equal(new InboxStart(3, 5, epoch, Reason: null, Gap: null, IsKnown: true), await it.BeginAsync(Phone, "t1", "t2", epoch, 3, messages[2].Id.Value));
        Assert.Equal(0, (await it.BeginAsync(Phone, "t2", "t3", epoch, 0)).After);
        Assert.Equal(1, (await it.BeginAsync(Phone, "t3", "t4", epoch)).After);
        Assert.Equal(1, (await it.BeginAsync(Phone, "t4", "t5", epoch: null, 4)).After);
        Assert.Equal(1, await it.CursorAsync(Phone));
        Assert.Equal(0, first.After);

        // One whose cursor has gone to make room for another's is known by its epoch.
        Assert.Equal(new InboxStart(2, 5, epoch, ResumeFailure.Expired, Gap: null, IsKnown: true), await it.BeginAsync(Tablet, "?", "t1", epoch, 2));
    }

    [Fact]
    public async Task Acknowledging_what_a_hello_has_named_moves_the_delivered_mark()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Messages(3))).Epoch;

        await it.BeginAsync(Phone, null, "t1", epoch, 2);
        await it.AcknowledgeAsync(Phone, 2);

        Assert.Equal(2, await it.CursorAsync(Tablet));
        Assert.Equal(2, (await it.SweepAsync()).Ledger.Delivered);
    }

    [Fact]
    public async Task A_token_is_good_once_but_for_an_answer_that_was_lost()
    {
        var it = await CreateAsync();
        await it.BeginAsync(Phone, null, "t1");

        Assert.Null((await it.BeginAsync(Phone, "t1", "t2")).Reason);
        Assert.Null((await it.BeginAsync(Phone, "t1", "lost")).Reason);
        Assert.Null((await it.BeginAsync(Phone, "t1", "t3")).Reason);
        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(Phone, "t2", "t4")).Reason);
        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(Phone, "t1", "t5")).Reason);
        Assert.Null((await it.BeginAsync(Phone, "t5", "t6")).Reason);
    }

    [Fact]
    public async Task A_token_is_its_devices_own()
    {
        var it = await CreateAsync();
        await it.BeginAsync(Phone, null, "t1");

        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(Tablet, "t1", "t2")).Reason);
        Assert.Equal(ResumeFailure.New, (await it.BeginAsync(Tablet, null, "t3")).Reason);
        Assert.Null((await it.BeginAsync(Phone, "t1", "t4")).Reason);
        Assert.Equal(ResumeFailure.Expired, (await it.Inbox.BeginAsync(Carol, Phone, new ResumeClaim("t4", "t5"), CancellationToken)).Reason);
    }

    [Fact]
    public async Task With_its_cursor_a_device_loses_its_token()
    {
        const int Most = 3;
        var it = await CreateAsync(new InboxLimits { Devices = Most });
        await it.StoreAsync(Messages(1));
        await it.BeginAsync(Phone, null, "t1");

        for (var number = 0; number < Most; number++)
        {
            await it.BeginAsync(new DeviceId($"device-{number}"), null, "t1");
        }

        await it.AcknowledgeAsync(DeviceId.Plain, 1);
        var start = await it.BeginAsync(Phone, "t1", "t2");
        Assert.Equal((ResumeFailure.Expired, false, 1L), (start.Reason, start.IsKnown, start.After));
    }

    [Fact]
    public async Task A_device_of_another_epoch_begins_at_its_cursor_or_at_the_beginning()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Messages(5))).Epoch;
        await it.BeginAsync(Phone, null, "t1");
        await it.AcknowledgeAsync(Phone, 2);

        Assert.Equal(new InboxStart(2, 5, epoch, ResumeFailure.Epoch, Gap: null, IsKnown: true), await it.BeginAsync(Phone, "t1", "t2", "another", 4));
        Assert.Equal(new InboxStart(0, 5, epoch, ResumeFailure.Epoch, Gap: null, IsKnown: false), await it.BeginAsync(Tablet, null, "t1", "another", 4));
    }

    [Fact]
    public async Task A_device_that_has_what_the_store_never_had_begins_another_epoch()
    {
        var it = await CreateAsync();
        var messages = Messages(3);
        var epoch = (await it.AppendAsync(messages)).Epoch;
        await it.BeginAsync(Phone, null, "t1");
        await it.AcknowledgeAsync(Phone, 1);

        var beyond = await it.BeginAsync(Phone, "t1", "t2", epoch, 4);
        Assert.Equal((ResumeFailure.Epoch, 1L, 3L, true), (beyond.Reason, beyond.After, beyond.Seq, beyond.IsKnown));
        Assert.NotEqual(epoch, beyond.Epoch);

        var other = await it.BeginAsync(Phone, "t2", "t3", beyond.Epoch, 2, messages[0].Id.Value);
        Assert.Equal(ResumeFailure.Epoch, other.Reason);
        Assert.NotEqual(beyond.Epoch, other.Epoch);
        Assert.Equal(other.Epoch, (await it.AppendAsync(Messages(1))).Epoch);
        Assert.Null((await it.BeginAsync(Phone, "t3", "t4", other.Epoch, 2, messages[1].Id.Value)).Reason);
    }

    [Fact]
    public async Task A_device_is_told_what_it_can_not_read_any_more()
    {
        var it = await CreateAsync();
        const int Count = InboxLimits.KeptBelowDelivered + 500;
        var epoch = (await it.AppendAsync(Messages(Count))).Epoch;
        await it.BeginAsync(Phone, null, "t1");
        await it.BeginAsync(Tablet, null, "t1");
        await it.AcknowledgeAsync(Phone, Count);
        var first = (await it.ReadAsync())[0].Seq;

        var missed = new InboxStart(first - 1, Count, epoch, ResumeFailure.Trimmed, (1, first - 1), IsKnown: true);
        Assert.Equal(missed, await it.BeginAsync(Tablet, "t1", "t2"));
        Assert.Equal(missed with { Gap = (8, first - 1) }, await it.BeginAsync(Tablet, "wrong", "t3", epoch, 7));
        Assert.Equal(missed with { Reason = ResumeFailure.Epoch, Gap = null }, await it.BeginAsync(Tablet, "t3", "t4", "another", 7));

        Assert.Equal(missed with { Reason = null, Gap = null }, await it.BeginAsync(Tablet, "t4", "t5", epoch, first - 1));
        Assert.Equal(new InboxStart(Count, Count, epoch, ResumeFailure.New, Gap: null, IsKnown: false), await it.BeginAsync(new DeviceId("new"), null, "t1"));
    }
}
