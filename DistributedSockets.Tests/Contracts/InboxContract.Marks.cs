// What every inbox promises: marks, and the limits that hang on them.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using static DistributedSockets.SocketNode.Inbox.PlacementKind;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task A_device_goes_on_where_it_was_and_a_new_one_where_any_was()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Messages(5));

        await it.AcknowledgeAsync(Phone, 2);
        await it.AcknowledgeAsync(Tablet, 4);

        Assert.Equal(2, await it.CursorAsync(Phone));
        Assert.Equal(4, await it.CursorAsync(Tablet));
        Assert.Equal(4, await it.CursorAsync(DeviceId.Plain));
    }

    [Fact]
    public async Task Acknowledgement_that_counts_in_another_epoch_means_nothing()
    {
        var it = await CreateAsync();
        var epoch = (await it.AppendAsync(Messages(3))).Epoch;

        Assert.Empty((await it.Inbox.AcknowledgeAsync(Bob, Phone, "long ago", 2, CancellationToken.None)).Owed);
        Assert.Equal(0, await it.CursorAsync(Phone));
        await it.Inbox.AcknowledgeAsync(Bob, Phone, epoch, 2, CancellationToken.None);
        Assert.Equal(2, await it.CursorAsync(Phone));
    }

    [Fact]
    public async Task Marks_only_move_forward_and_never_past_the_end()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Messages(3));
        await it.AcknowledgeAsync(Phone, 2);

        foreach (var seq in new long[] { 1, 4, 0, -1 })
        {
            await it.AcknowledgeAsync(Phone, seq);
            await it.AcknowledgeAsync(Tablet, seq);
        }

        Assert.Equal(2, await it.CursorAsync(Phone));
        Assert.Equal(1, await it.CursorAsync(Tablet));
        Assert.Equal(2, await it.CursorAsync(DeviceId.Plain));
    }

    [Fact]
    public async Task A_device_that_calls_itself_plain_has_a_cursor_of_its_own()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Messages(3));

        await it.AcknowledgeAsync(new DeviceId("plain"), 1);
        await it.AcknowledgeAsync(DeviceId.Plain, 3);

        Assert.Equal(1, await it.CursorAsync(new DeviceId("plain")));
        Assert.Equal(3, await it.CursorAsync(DeviceId.Plain));
    }

    [Fact]
    public async Task The_cursor_that_has_not_moved_for_longest_goes()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Messages(9));
        var devices = Enumerable.Range(0, new InboxLimits().Devices).Select(number => new DeviceId($"device-{number}")).ToList();
        foreach (var device in devices)
        {
            await it.AcknowledgeAsync(device, 1);
        }

        await it.AcknowledgeAsync(devices[0], 2);
        await it.AcknowledgeAsync(Phone, 9);

        Assert.Equal(2, await it.CursorAsync(devices[0]));
        Assert.Equal(9, await it.CursorAsync(devices[1]));
        Assert.Equal(1, await it.CursorAsync(devices[2]));
        Assert.Equal(1, await it.CursorAsync(devices[^1]));
    }

    [Fact]
    public async Task What_waits_is_limited_in_number_and_nothing_overtakes_what_found_no_room()
    {
        var it = await CreateAsync(messages: 3);
        await it.StoreAsync(Messages(2));

        Assert.Equal([Stored, Full, Full], await it.TryStoreAsync(Messages(3)));
        Assert.Equal([Full], await it.TryStoreAsync(Messages(1)));

        await it.AcknowledgeAsync(Phone, 2);
        Assert.Equal([Stored, Stored, Full], await it.TryStoreAsync(Messages(3)));
        Assert.Equal([1, 2, 3, 4, 5], (await it.ReadAsync()).Select(envelope => envelope.Seq));
    }

    [Fact]
    public async Task What_waits_is_limited_in_bytes_and_a_short_one_does_not_slip_past_a_long_one()
    {
        var it = await CreateAsync(bytes: 100);
        await it.StoreAsync(Message(new string('1', 60)), Message(new string('2', 30)));

        Assert.Equal([Full, Full], await it.TryStoreAsync(Message(new string('3', 11)), Message("4")));

        await it.AcknowledgeAsync(Phone, 1);
        Assert.Equal([Stored, Full], await it.TryStoreAsync(Message(new string('3', 70)), Message("4")));
    }

    [Fact]
    public async Task Of_what_was_delivered_the_last_thousand_stay_and_not_all()
    {
        var it = await CreateAsync();
        const int Count = InboxLimits.KeptBelowDelivered + 500;
        await it.StoreAsync(Messages(Count));

        await it.AcknowledgeAsync(Phone, Count - 10);

        var kept = await it.ReadAsync();
        Assert.InRange(kept[0].Seq, 2, Count - 10 - InboxLimits.KeptBelowDelivered + 1);
        Assert.Equal(Count, kept[^1].Seq);
        Assert.Equal(0, (await it.SweepAsync()).Ledger.Difference);
        Assert.Equal(Count + 1, await it.StoreAsync(Messages(1)));
    }
}
