using System.Text;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Tests.Clients;

public sealed class PlaceTests
{
    private readonly Place _place = new(() => { });

    public PlaceTests() => _place.Begin("e");

    [Fact]
    public void What_was_seen_is_not_taken_again()
    {
        Assert.NotNull(_place.TryTake(5, "a"));
        Assert.Null(_place.TryTake(5, "a"));
        Assert.Null(_place.TryTake(3, "b"));
        Assert.NotNull(_place.TryTake(9, "c"));
    }

    [Fact]
    public void Node_is_told_what_the_application_is_done_with_in_order_and_once()
    {
        var first = _place.TryTake(1, "a")!;
        var second = _place.TryTake(4, "b")!;
        second.Finish();
        Assert.False(_place.IsDue(out _));

        first.Finish();
        first.Finish();

        Assert.True(_place.IsDue(out var seq));
        Assert.Equal((4, "b"), (seq, _place.Mark.Mid));
        _place.Tell(seq);
        Assert.False(_place.IsDue(out _));
    }

    [Fact]
    public void No_more_is_told_than_this_connection_was_sent()
    {
        var first = _place.TryTake(1, "a")!;
        var second = _place.TryTake(2, "b")!;
        _place.Begin("e");
        first.Finish();
        second.Finish();
        Assert.False(_place.IsDue(out _));

        _place.TryTake(1, "a");

        Assert.True(_place.IsDue(out var seq));
        Assert.Equal(1, seq);
        _place.Reach(2);
        Assert.True(_place.IsDue(out seq));
        Assert.Equal(2, seq);
    }

    [Fact]
    public void In_another_epoch_everything_begins_anew_and_old_entries_count_no_more()
    {
        var old = _place.TryTake(7, "a")!;

        Assert.True(_place.Begin("another"));
        old.Finish();

        Assert.Equal(new Mark("another", 0, null), _place.Mark);
        Assert.False(old.IsCurrent);
        Assert.NotNull(_place.TryTake(1, "b"));
        Assert.False(_place.TrySee("a") && _place.TrySee("a"));
    }

    [Fact]
    public void Where_the_node_begins_later_nothing_below_is_awaited()
    {
        Assert.False(_place.Begin("e", after: 20));

        Assert.Equal(20, _place.Mark.Done);
        Assert.Null(_place.TryTake(20, "a"));
        Assert.NotNull(_place.TryTake(21, "b"));
    }

    [Fact]
    public void Restored_place_goes_on_where_it_was()
    {
        var place = new Place(() => { });
        place.Restore(new Mark("e", 8, "m"));

        Assert.False(place.Begin("e"));
        Assert.Null(place.TryTake(8, "m"));
        Assert.NotNull(place.TryTake(9, "n"));
    }

    [Fact]
    public void Places_are_told_one_after_the_other_and_only_where_there_is_room()
    {
        var places = new Places(() => { }, () => { });
        places.Inbox.Begin("e");
        places.Room("team").Begin("r");
        places.Inbox.TryTake(2, "a")!.Finish();
        places.Room("team").TryTake(3, "b")!.Finish();

        Assert.Null(places.TryTell(most: 10));
        Assert.Equal(["""{"type":"ack","seq":2}""", """{"type":"ack","room":"team","rseq":3}""", null], [Tell(places), Tell(places), Tell(places)]);
        places.Leave("team");
        places.Reach("team", 9);
        Assert.Empty(places.Rooms);
    }

    [Fact]
    public void Only_the_last_ids_are_remembered()
    {
        var ids = new RecentIds(capacity: 2);

        Assert.Equal([true, true, false, true, false, true], new[] { "a", "b", "a", "c", "b", "a" }.Select(ids.TryAdd));
    }

    private static string? Tell(Places places) => places.TryTell(most: 1_000) is { } command ? Encoding.UTF8.GetString(command) : null;
}
