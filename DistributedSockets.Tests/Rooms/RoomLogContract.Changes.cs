// What every room's log promises: edits and deletions.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using static DistributedSockets.SocketNode.Rooms.LogOutcome;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

public abstract partial class RoomLogContract
{
    [Fact]
    public async Task An_edited_message_says_the_new_thing_to_whoever_reads_later()
    {
        var it = Create(new RoomLimits());
        var message = Message("\"old\"", device: Tablet) with { ContentType = "text/plain" };
        await it.StoreAsync(message, Message("2"));

        var edit = Edit(message, "\"new\"") with { ContentType = "text/html" };
        var placed = await it.ChangeAsync(edit);

        Assert.Equal((Stored, edit.Id, 3), (placed.Outcome, placed.Id, placed.Rseq));
        var entries = await it.ReadAsync();
        Assert.Equal(["\"new\"", "2", "\"new\""], entries.Select(Text));
        Assert.Equal(["text/html", null, "text/html"], entries.Select(entry => entry.ContentType));
        Assert.Equal((LogEntryKind.Edit, edit.Id, Alice, Phone, edit.ClientId, message.Id, placed.StoredAt), Facts(entries[2]));
        Assert.Equal((LogEntryKind.Message, message.Id, Alice, Tablet, message.ClientId, null, entries[0].At), Facts(entries[0]));
        var history = (await it.HistoryAsync()).Entries;
        Assert.Equal([1, 2], history.Select(entry => entry.Rseq));
        Assert.Equal(("\"new\"", placed.StoredAt), (Text(history[0]), history[0].EditedAt));
        Assert.Equal([1], (await it.ReadAsync((Alice, Phone))).Select(entry => entry.Rseq));
        Assert.Equal([2, 3], (await it.ReadAsync((Alice, Tablet))).Select(entry => entry.Rseq));
    }

    [Fact]
    public async Task Of_several_edits_the_last_one_is_replayed()
    {
        var it = Create(new RoomLimits());
        var message = Message("1");
        await it.StoreAsync(message);
        await it.ChangeAsync(Edit(message, "2") with { ContentType = "text/plain" });
        await it.ChangeAsync(Edit(message, "3"));

        var entries = await it.ReadAsync();
        Assert.Equal([1, 3], entries.Select(entry => entry.Rseq));
        Assert.Equal(["3", "3"], entries.Select(Text));
        Assert.All(entries, entry => Assert.Null(entry.ContentType));
    }

    [Fact]
    public async Task A_deleted_message_is_not_shown_and_leaves_a_mark_in_the_history()
    {
        var it = Create(new RoomLimits());
        var message = Message("1", "a");
        await it.StoreAsync(message, Message("2"));
        var edit = Edit(message, "3", "e");
        await it.ChangeAsync(edit);

        var placed = await it.ChangeAsync(Delete(message));

        var entries = await it.ReadAsync();
        Assert.Equal([(2, LogEntryKind.Message), (4, LogEntryKind.Delete)], entries.Select(entry => ((int)entry.Rseq, entry.Kind)));
        Assert.Equal((message.Id, 0), (entries[1].Of, entries[1].Body.Length));
        var mark = (await it.HistoryAsync()).Entries[0];
        Assert.Equal((1, message.Id, Alice, "a", 0, placed.StoredAt), (mark.Rseq, mark.Id, mark.From, mark.ClientId, mark.Body.Length, mark.DeletedAt));
        Assert.Equal([Gone], await it.TryStoreAsync(message));
        Assert.Equal(Gone, (await it.ChangeAsync(edit)).Outcome);
        Assert.Equal(NoSuchMessage, (await it.ChangeAsync(Edit(message, "4"))).Outcome);
        Assert.Equal(NoSuchMessage, (await it.ChangeAsync(Delete(message))).Outcome);
    }

    [Fact]
    public async Task The_same_change_is_made_once()
    {
        var it = Create(new RoomLimits());
        var message = Message("1", "a");
        await it.StoreAsync(message);
        var first = await it.ChangeAsync(Edit(message, "2", "e"));
        var deleted = Message("x");
        await it.StoreAsync(deleted);
        await it.ChangeAsync(Delete(deleted, "d"));

        Assert.Equal(first with { Outcome = Duplicate }, await it.ChangeAsync(Edit(message, "2", "e")));
        Assert.Equal(Duplicate, (await it.ChangeAsync(Delete(deleted, "d"))).Outcome);
        Assert.Equal(IdReused, (await it.ChangeAsync(Edit(message, "3", "e"))).Outcome);
        Assert.Equal(IdReused, (await it.ChangeAsync(Delete(message, "e"))).Outcome);
        Assert.Equal(IdReused, (await it.ChangeAsync(Edit(message, "1", "a"))).Outcome);
        Assert.Equal([IdReused], await it.TryStoreAsync(Message("2", "e")));
        Assert.Equal(4, (await it.PageAsync()).End.Rseq);
    }

    [Fact]
    public async Task Only_its_sender_may_change_a_message_and_so_often()
    {
        var it = Create(new RoomLimits { EditsPerMessage = 2 });
        var message = Message("1");
        await it.StoreAsync(message);

        Assert.Equal(NotYours, (await it.ChangeAsync(Edit(message, "2") with { From = Bob })).Outcome);
        Assert.Equal(NotYours, (await it.ChangeAsync(Delete(message) with { From = Bob })).Outcome);
        Assert.Equal(Stored, (await it.ChangeAsync(Edit(message, "2"))).Outcome);
        Assert.Equal(Stored, (await it.ChangeAsync(Edit(message, "3"))).Outcome);
        var refused = await it.ChangeAsync(Edit(message, "4"));
        Assert.Equal((TooManyEdits, 0, 0), (refused.Outcome, refused.Rseq, refused.StoredAt));
        Assert.Equal(["3"], (await it.HistoryAsync()).Entries.Select(Text));
        Assert.Equal(Stored, (await it.ChangeAsync(Delete(message))).Outcome);
    }

    [Fact]
    public async Task What_has_left_the_log_or_is_no_message_cannot_be_changed()
    {
        var it = Create(new RoomLimits(Messages: 3));
        var (trimmed, expired, kept) = (Message("1"), Message("2") with { TtlSeconds = 1 }, Message("3"));
        await it.StoreAsync(trimmed, Message("2"), expired, kept);
        var edit = Edit(expired, "4");
        Assert.Equal(Stored, (await it.ChangeAsync(edit)).Outcome);
        await it.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(NoSuchMessage, (await it.ChangeAsync(Edit(trimmed, "x"))).Outcome);
        Assert.Equal(NoSuchMessage, (await it.ChangeAsync(Edit(expired, "x"))).Outcome);
        Assert.Equal(NoSuchMessage, (await it.ChangeAsync(Edit(kept, "x") with { Of = edit.Id })).Outcome);
        Assert.Equal(NoSuchMessage, (await it.ChangeAsync(Edit(kept, "x") with { Of = new MessageId("nothing") })).Outcome);
        Assert.Equal([4], await it.NumbersAsync());
    }

    [Fact]
    public async Task The_bytes_of_a_changed_message_are_those_that_it_has_now()
    {
        var it = Create(new RoomLimits(Bytes: 10));
        var message = Message("11111");
        await it.StoreAsync(message, Message("22222"));

        await it.ChangeAsync(Edit(message, "1"));
        await it.StoreAsync(Message("3333"));
        Assert.Equal([1, 2, 3, 4], await it.NumbersAsync());
        await it.ChangeAsync(Delete(message));
        await it.StoreAsync(Message("4"));
        Assert.Equal([2, 4, 5, 6], await it.NumbersAsync());
        await it.StoreAsync(Message("5"));
        Assert.Equal([4, 5, 6, 7], await it.NumbersAsync());
    }

    [Fact]
    public async Task A_change_finds_out_that_the_log_has_gone_back_in_time()
    {
        var it = Create(new RoomLimits());
        var message = Message("1");
        var end = await it.StoreAsync(message);

        var changed = await it.Log.ChangeAsync(Team, Edit(message, "2"), end with { Rseq = 9 }, CancellationToken);

        Assert.Equal(Stored, Assert.Single(changed.Placements).Outcome);
        Assert.NotEqual(end.Epoch, changed.Epoch);
    }

    private static (LogEntryKind, MessageId, UserId, DeviceId, string, MessageId?, long) Facts(LogEntry entry) =>
        (entry.Kind, entry.Id, entry.From, entry.Device, entry.ClientId, entry.Of, entry.At);

    private static RoomChange Edit(RoomMessage message, string body, string? id = null) =>
        new(MessageId.New(TimeProvider.System), message.From, Phone, message.Id, Encoding.UTF8.GetBytes(body), id ?? Guid.NewGuid().ToString());

    private static RoomChange Delete(RoomMessage message, string? id = null) => Edit(message, "", id) with { Body = null };
}
