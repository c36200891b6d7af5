// What every room's log promises: pages, and what goes to make room.
using DistributedSockets.SocketNode.Rooms;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

public abstract partial class RoomLogContract
{
    [Fact]
    public async Task A_long_log_is_replayed_in_pages()
    {
        var it = Create(new RoomLimits());
        await it.StoreAsync(Messages(250));

        var first = await it.PageAsync();
        var last = await it.PageAsync(after: 200);

        Assert.Equal((100, 1, 100, false), (first.Entries.Count, first.Entries[0].Rseq, first.Through, first.AtEnd));
        Assert.Equal((50, 201, 250, true), (last.Entries.Count, last.Entries[0].Rseq, last.Through, last.AtEnd));
        Assert.Equal(Enumerable.Range(1, 250).Select(rseq => (long)rseq), await it.NumbersAsync());
        var beyond = await it.PageAsync(after: 300);
        Assert.Equal((0, 250, true), (beyond.Entries.Count, beyond.Through, beyond.AtEnd));
    }

    [Fact]
    public async Task A_page_ends_at_so_many_bytes_but_has_one_entry()
    {
        var it = Create(new RoomLimits());
        var large = new string('1', RoomLimits.PageBytes);
        await it.StoreAsync(Message(large), Message("2"), Message(large[..^1]), Message("4"), Message("5"));

        Assert.Equal([1], (await it.PageAsync()).Entries.Select(entry => entry.Rseq));
        Assert.Equal([2, 3], (await it.PageAsync(after: 1)).Entries.Select(entry => entry.Rseq));
        Assert.Equal([3, 4], (await it.HistoryAsync(before: 5)).Entries.Select(entry => entry.Rseq));
    }

    [Fact]
    public async Task A_device_is_not_sent_again_what_it_has_sent()
    {
        var it = Create(new RoomLimits());
        await it.StoreAsync(Message("1"), Message("2", device: Tablet), Message("3", from: Bob), Message("4"));

        Assert.Equal([2, 3], (await it.ReadAsync((Alice, Phone))).Select(entry => entry.Rseq));
        Assert.Equal([1, 2, 4], (await it.ReadAsync((Bob, Phone))).Select(entry => entry.Rseq));
        Assert.Equal(4, (await it.PageAsync(after: 3, (Alice, Phone))).Through);
    }

    [Fact]
    public async Task Nothing_of_a_thousand_entries_of_ones_own_is_a_page_that_says_how_far_it_looked()
    {
        var it = Create(new RoomLimits());
        for (var batch = 0; batch < 4; batch++)
        {
            await it.StoreAsync(Messages(RoomLimits.Batch - 6));
        }

        Assert.Empty(await it.ReadAsync((Alice, Phone)));
        await it.StoreAsync(Message("\"last\"", from: Bob));
        Assert.Equal(["\"last\""], (await it.ReadAsync((Alice, Phone))).Select(Text));
    }

    [Fact]
    public async Task A_history_is_paged_both_ways_oldest_first()
    {
        var it = Create(new RoomLimits());
        await it.StoreAsync(Messages(10));

        async Task<(long, long, bool)> Page(long? before = null, long? after = null) =>
            await it.HistoryAsync(3, before, after) is var page ? (page.Entries[0].Rseq, page.Entries[^1].Rseq, page.AtEnd) : default;
        Assert.Equal((8, 10, false), await Page());
        Assert.Equal((5, 7, false), await Page(before: 8));
        Assert.Equal((1, 3, true), await Page(before: 4));
        Assert.Equal((5, 7, false), await Page(after: 4));
        Assert.Equal((8, 10, true), await Page(after: 7));
        Assert.Equal((1, 3, false), await Page(after: 0));
        Assert.Empty((await it.HistoryAsync(3, before: 1)).Entries);
        Assert.Empty((await it.HistoryAsync(3, after: 10)).Entries);
        Assert.Equal((1, 10), await it.HistoryAsync(3) is var page ? (page.First, page.End.Rseq) : default);
    }

    [Fact]
    public async Task A_page_of_a_history_without_messages_has_none_behind_it()
    {
        var it = Create(new RoomLimits());
        await it.StoreAsync(Message("first"));
        for (var batch = 0; batch < 3; batch++)
        {
            await it.StoreAsync([.. Messages(RoomLimits.Batch).Select(message => message with { TtlSeconds = 1 })]);
        }

        await it.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["first"], (await it.HistoryAsync(10)).Entries.Select(Text));
    }

    [Fact]
    public async Task Beyond_so_many_the_oldest_go_and_who_has_not_read_them_is_told()
    {
        var it = Create(new RoomLimits(Messages: 3));
        await it.StoreAsync(Messages(3));
        var end = await it.StoreAsync(Messages(2));

        Assert.Equal([3, 4, 5], await it.NumbersAsync());
        Assert.Equal(3, (await it.HistoryAsync()).First);
        Assert.Equal(new LogStart(2, end, LogStartReason.Trimmed, (2, 2), Count: 0, IsListed: false), await it.BeginAsync(end with { Rseq = 1 }));
        Assert.Equal((1, 2), (await it.BeginAsync(end, since: end with { Rseq = 0 })).Gap);
        Assert.Null((await it.BeginAsync(end with { Rseq = 2 })).Reason);
        Assert.Null((await it.BeginAsync(new LogEnd(1, "another"))).Gap);
    }

    [Fact]
    public async Task Beyond_so_many_bytes_the_oldest_go_but_for_the_last_one()
    {
        var it = Create(new RoomLimits(Bytes: 10));
        await it.StoreAsync(Message("11111"), Message("22222"));
        Assert.Equal([1, 2], await it.NumbersAsync());

        await it.StoreAsync(Message("3"));
        Assert.Equal([2, 3], await it.NumbersAsync());
        await it.StoreAsync(Message("4444"));
        Assert.Equal([2, 3, 4], await it.NumbersAsync());
        await it.StoreAsync(Message("55555555555"));
        Assert.Equal([5], await it.NumbersAsync());
        await it.StoreAsync(Message("6"));
        Assert.Equal([6], await it.NumbersAsync());
    }

    [Fact]
    public async Task What_is_too_old_goes_also_when_nobody_writes()
    {
        var it = Create(new RoomLimits { Retention = TimeSpan.FromSeconds(1) });
        var end = await it.StoreAsync(Messages(2));

        await it.PassAsync(TimeSpan.FromSeconds(1));

        var page = await it.PageAsync();
        Assert.Equal((0, 3, end), (page.Entries.Count, page.First, page.End));
        Assert.Equal((LogStartReason.Trimmed, (1, 2), 2), await it.BeginAsync(end with { Rseq = 0 }) is var start ? (start.Reason, start.Gap, start.After) : default);
        Assert.Equal(3, (await it.StoreAsync(Messages(1))).Rseq);
        Assert.Equal([3], await it.NumbersAsync());
    }
}
