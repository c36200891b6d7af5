// What every inbox promises: marks, and the limits that hang on them.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task A_device_goes_on_where_it_was_and_a_new_one_where_any_was()
    {
        var inbox = await CreateAsync();
        await AppendAsync(inbox, Messages(5));

        await inbox.AcknowledgeAsync(Bob, Phone, 2, CancellationToken);
        await inbox.AcknowledgeAsync(Bob, Tablet, 4, CancellationToken);

        Assert.Equal(2, await inbox.ReadCursorAsync(Bob, Phone, CancellationToken));
        Assert.Equal(4, await inbox.ReadCursorAsync(Bob, Tablet, CancellationToken));
        Assert.Equal(4, await inbox.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken));
    }

    [Fact]
    public async Task Marks_only_move_forward_and_never_past_the_end()
    {
        var inbox = await CreateAsync();
        await AppendAsync(inbox, Messages(3));
        await inbox.AcknowledgeAsync(Bob, Phone, 2, CancellationToken);

        foreach (var seq in new long[] { 1, 4, 0, -1 })
        {
            await inbox.AcknowledgeAsync(Bob, Phone, seq, CancellationToken);
            await inbox.AcknowledgeAsync(Bob, Tablet, seq, CancellationToken);
        }

        Assert.Equal(2, await inbox.ReadCursorAsync(Bob, Phone, CancellationToken));
        Assert.Equal(1, await inbox.ReadCursorAsync(Bob, Tablet, CancellationToken));
        Assert.Equal(2, await inbox.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken));
    }

    [Fact]
    public async Task The_cursor_that_has_not_moved_for_longest_goes()
    {
        var inbox = await CreateAsync();
        await AppendAsync(inbox, Messages(9));
        var devices = Enumerable.Range(0, InboxLimits.Cursors).Select(number => new DeviceId($"device-{number}")).ToList();
        foreach (var device in devices)
        {
            await inbox.AcknowledgeAsync(Bob, device, 1, CancellationToken);
        }

        await inbox.AcknowledgeAsync(Bob, devices[0], 2, CancellationToken);
        await inbox.AcknowledgeAsync(Bob, Phone, 9, CancellationToken);

        Assert.Equal(2, await inbox.ReadCursorAsync(Bob, devices[0], CancellationToken));
        Assert.Equal(9, await inbox.ReadCursorAsync(Bob, devices[1], CancellationToken));
        Assert.Equal(1, await inbox.ReadCursorAsync(Bob, devices[2], CancellationToken));
        Assert.Equal(1, await inbox.ReadCursorAsync(Bob, devices[^1], CancellationToken));
    }

    [Fact]
    public async Task What_waits_is_limited_in_number_all_or_none()
    {
        var inbox = await CreateAsync(messages: 3);
        await AppendAsync(inbox, Messages(2));

        Assert.IsType<AppendResult.Full>(await inbox.AppendAsync(Bob, Messages(2), CancellationToken));
        Assert.Equal(3, await AppendAsync(inbox, Messages(1)));
        Assert.IsType<AppendResult.Full>(await inbox.AppendAsync(Bob, Messages(1), CancellationToken));

        await inbox.AcknowledgeAsync(Bob, Phone, 2, CancellationToken);
        Assert.Equal(4, await AppendAsync(inbox, Messages(2)));
        Assert.IsType<AppendResult.Full>(await inbox.AppendAsync(Bob, Messages(1), CancellationToken));
    }

    [Fact]
    public async Task What_waits_is_limited_in_bytes()
    {
        var inbox = await CreateAsync(bytes: 100);
        await AppendAsync(inbox, Message(new string('1', 60)), Message(new string('2', 30)));

        Assert.IsType<AppendResult.Full>(await inbox.AppendAsync(Bob, [Message(new string('3', 11))], CancellationToken));

        await inbox.AcknowledgeAsync(Bob, Phone, 1, CancellationToken);
        Assert.Equal(3, await AppendAsync(inbox, Message(new string('3', 70))));
        Assert.IsType<AppendResult.Full>(await inbox.AppendAsync(Bob, [Message("4")], CancellationToken));
    }

    [Fact]
    public async Task Of_what_was_delivered_the_last_thousand_stay_and_not_all()
    {
        var inbox = await CreateAsync();
        const int Stored = InboxLimits.KeptBelowDelivered + 500;
        await AppendAsync(inbox, Messages(Stored));

        await inbox.AcknowledgeAsync(Bob, Phone, Stored - 10, CancellationToken);

        var page = await inbox.ReadAsync(Bob, 0, Stored, CancellationToken);
        Assert.InRange(page.Envelopes[0].Seq, 2, Stored - 10 - InboxLimits.KeptBelowDelivered + 1);
        Assert.Equal(Stored, page.Envelopes[^1].Seq);
        Assert.Equal(Stored + 1, await AppendAsync(inbox, Messages(1)));
    }
}
