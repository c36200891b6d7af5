// What every room's log promises: numbers, the same id once, places.
using DistributedSockets.SocketNode.Rooms;
using static DistributedSockets.SocketNode.Rooms.LogOutcome;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

/// <summary>What every room's log promises; a subclass says which one.</summary>
public abstract partial class RoomLogContract
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Empty logs.</summary>
    private protected abstract RoomLogUnderTest Create(RoomLimits limits);

    [Fact]
    public async Task Messages_get_dense_numbers_and_are_read_as_they_came()
    {
        var it = Create(new RoomLimits());
        var (first, second, third) = (Message("1"), Message("{ \"text\": \"héllo \\u0041 🚀\" }", "my id", Bob, Tablet), Message("3") with { ContentType = "text/plain" });

        var one = await it.AppendAsync(first);
        var more = await it.AppendAsync(second, third);

        LogPlacement[] placements = [.. one.Placements, .. more.Placements];
        Assert.Equal([1, 2, 3], placements.Select(placement => placement.Rseq));
        Assert.Equal(one.Epoch, more.Epoch);
        var page = await it.PageAsync();
        Assert.Equal((true, 3, 1, new LogEnd(3, one.Epoch)), (page.AtEnd, page.Through, page.First, page.End));
        Assert.All(page.Entries.Zip([first, second, third], placements), pair =>
        {
            var (entry, message, placement) = pair;
            Assert.Equal(new LogPlacement(Stored, message.Id, entry.Rseq, entry.At), placement);
            Assert.Equal((message.Id, message.From, message.Device, message.ClientId, message.ContentType), (entry.Id, entry.From, entry.Device, entry.ClientId, entry.ContentType));
            Assert.Equal(message.Body.ToArray(), entry.Body.ToArray());
        });
    }

    [Fact]
    public async Task Rooms_have_logs_of_their_own_and_ends_are_in_the_order_asked_for()
    {
        var it = Create(new RoomLimits());
        var (other, nobody) = (new RoomId("team"), new RoomId("nobody's"));
        var end = await it.StoreAsync(Messages(2));
        var second = await it.Log.AppendAsync(other, Messages(1), default, CancellationToken);

        Assert.NotEqual(end.Epoch, second.Epoch);
        Assert.Equal([default, end, new LogEnd(1, second.Epoch), end], await it.Log.ReadEndsAsync([nobody, Team, other, Team], CancellationToken));
        Assert.Empty(await it.Log.ReadEndsAsync([], CancellationToken));
        var page = await it.Log.ReadHistoryAsync(nobody, default, 10, CancellationToken);
        Assert.Equal((0, true, default), (page.Entries.Count, page.AtEnd, page.End));
        Assert.Equal([default], await it.Log.ReadEndsAsync([nobody], CancellationToken));
    }

    [Fact]
    public async Task Many_may_store_at_once()
    {
        var it = Create(new RoomLimits());

        var ends = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => it.StoreAsync(Messages(3))));

        Assert.Equal(Enumerable.Range(1, 50).Select(index => 3L * index), ends.Select(end => end.Rseq).Order());
        Assert.Equal(Enumerable.Range(1, 150).Select(rseq => (long)rseq), await it.NumbersAsync());
    }

    [Fact]
    public async Task The_same_id_is_stored_once_and_answered_as_before_also_within_a_batch()
    {
        var it = Create(new RoomLimits());
        var first = Message("1", "a");
        var stored = (await it.AppendAsync(first)).Placements[0];

        var again = await it.AppendAsync(Message("1", "a"), Message("2", "b"), Message("2", "b"), Message("3", "b"), Message("1", "a", Bob), Message("2", "a"));

        Assert.Equal([Duplicate, Stored, Duplicate, IdReused, Stored, IdReused], again.Placements.Select(placement => placement.Outcome));
        Assert.Equal(stored with { Outcome = Duplicate }, again.Placements[0]);
        Assert.Equal([1, 2, 2, 0, 3, 0], again.Placements.Select(placement => placement.Rseq));
        Assert.Equal([1, 2, 3], await it.NumbersAsync());
    }

    [Fact]
    public async Task The_same_id_is_known_when_its_message_has_gone()
    {
        var it = Create(new RoomLimits(Messages: 2));
        var stored = (await it.AppendAsync(Message("1", "a"), Message("2", "b"), Message("3", "c"))).Placements;

        var again = (await it.AppendAsync(Message("1", "a"), Message("2", "b"), Message("x", "a"))).Placements;

        Assert.Equal([Gone, Duplicate, IdReused], again.Select(placement => placement.Outcome));
        Assert.Equal(stored[0] with { Outcome = Gone }, again[0]);
    }

    [Fact]
    public async Task What_is_past_its_time_is_not_shown_and_leaves_a_hole()
    {
        var it = Create(new RoomLimits());
        var end = await it.StoreAsync(Message("1"), Message("2", "b") with { TtlSeconds = 1 }, Message("3"));
        Assert.Equal([1, 2, 3], await it.NumbersAsync());

        await it.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([1, 3], await it.NumbersAsync());
        Assert.Equal([1, 3], (await it.HistoryAsync()).Entries.Select(entry => entry.Rseq));
        Assert.Equal([Gone], await it.TryStoreAsync(Message("2", "b")));
        Assert.Null((await it.BeginAsync(end with { Rseq = 1 })).Gap);
    }

    [Fact]
    public async Task A_reading_starts_at_its_place_and_goes_on()
    {
        var it = Create(new RoomLimits());
        var end = await it.StoreAsync(Messages(3));

        Assert.Equal(new LogStart(2, end, Reason: null, Gap: null, Count: 0, IsListed: false), await it.BeginAsync(end with { Rseq = 2 }));
        Assert.Equal(1, (await it.BeginAsync(end with { Rseq = 2 }, since: end with { Rseq = 1 })).After);
        Assert.Equal(3, (await it.BeginAsync(default)).After);
    }

    [Fact]
    public async Task A_place_in_another_life_is_told_and_the_log_is_read_from_its_beginning()
    {
        var it = Create(new RoomLimits());
        var end = await it.StoreAsync(Messages(3));
        var elsewhere = new LogEnd(2, "another");

        Assert.Equal(new LogStart(0, end, LogStartReason.Epoch, Gap: null, Count: 0, IsListed: false), await it.BeginAsync(elsewhere));
        Assert.Equal((2, null), (await it.BeginAsync(end with { Rseq = 2 }, since: elsewhere)) is var start ? (start.After, start.Reason) : default);
        Assert.Equal((1, null), (await it.BeginAsync(elsewhere, since: end with { Rseq = 1 })) is var other ? (other.After, other.Reason) : default);
    }

    [Fact]
    public async Task A_log_that_has_gone_back_in_time_gets_another_life_and_keeps_what_it_has()
    {
        var it = Create(new RoomLimits());
        var end = await it.StoreAsync(Messages(3));

        var start = await it.BeginAsync(end with { Rseq = 4 });
        Assert.Equal((0, LogStartReason.Epoch, 3), (start.After, start.Reason, start.End.Rseq));
        Assert.NotEqual(end.Epoch, start.End.Epoch);

        var appended = await it.Log.AppendAsync(Team, Messages(1), start.End with { Rseq = 4 }, CancellationToken);
        Assert.NotEqual(start.End.Epoch, appended.Epoch);
        Assert.Equal(4, appended.Placements[0].Rseq);
        Assert.Equal(appended.Epoch, (await it.Log.AppendAsync(Team, Messages(1), new LogEnd(4, appended.Epoch), CancellationToken)).Epoch);
        Assert.Equal([1, 2, 3, 4, 5], await it.NumbersAsync());
    }

    [Fact]
    public async Task What_a_client_says_does_not_end_the_life_of_the_log()
    {
        var it = Create(new RoomLimits());
        var end = await it.StoreAsync(Messages(3));

        var start = await it.BeginAsync(end with { Rseq = 1 }, since: end with { Rseq = 1_000 });

        Assert.Equal((1, end, null), (start.After, start.End, start.Reason));
    }
}
