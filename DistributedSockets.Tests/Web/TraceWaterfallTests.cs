// Spans are put below those that caused them, whatever is missing and whatever the clocks say.
using DistributedSockets.Web.Traces;
using static DistributedSockets.Tests.Web.TraceExport;

namespace DistributedSockets.Tests.Web;

public sealed class TraceWaterfallTests
{
    [Fact]
    public void Each_span_stands_below_its_cause_and_siblings_by_their_beginnings()
    {
        var waterfall = Draw(
            Kept("ws receive", 1, duration: 500), Kept("messages publish", 4, parent: 2, start: 60), Kept("route", 2, parent: 1, start: 20, duration: 300),
            Kept("redis Find", 3, parent: 2, start: 30), Kept("ws deliver", 5, parent: 1, start: 400, duration: 200, node: "node-2"));

        Assert.Equal(
            [("ws receive", 0), ("route", 1), ("redis Find", 2), ("messages publish", 2), ("ws deliver", 1)],
            waterfall.Rows.Select(row => (row.Span.Name, row.Depth)));
        Assert.Equal([0, 20, 30, 60, 400], waterfall.Rows.Select(row => row.Offset.TotalMicroseconds));
        Assert.Equal(600, waterfall.Duration.TotalMicroseconds);
        Assert.Equal(50, waterfall.Share(TimeSpan.FromMicroseconds(300)));
        Assert.All(waterfall.Rows, row => Assert.False(row.IsOrphan));
    }

    [Fact]
    public void A_span_whose_cause_has_not_arrived_stands_alone_and_says_so()
    {
        var waterfall = Draw(Kept("ws deliver", 5, parent: 99, start: 50), Kept("redis", 6, parent: 5, start: 60), Kept("route", 2, start: 0));

        Assert.Equal([("route", 0, false), ("ws deliver", 0, true), ("redis", 1, false)], waterfall.Rows.Select(row => (row.Span.Name, row.Depth, row.IsOrphan)));
    }

    [Fact]
    public void A_node_whose_clock_is_behind_is_moved_with_all_that_followed_there()
    {
        var waterfall = Draw(
            Kept("ws receive", 1, start: 1000, duration: 50), Kept("ws deliver", 2, parent: 1, start: 200, node: "node-2"), Kept("redis", 3, parent: 2, start: 210, duration: 20, node: "node-2"));

        Assert.Equal([0, 0, 10], waterfall.Rows.Select(row => row.Offset.TotalMicroseconds));
        Assert.Equal([0, 800, 800], waterfall.Rows.Select(row => row.Shift.TotalMicroseconds));
        Assert.Equal(100, waterfall.Duration.TotalMicroseconds);
    }

    [Fact]
    public void A_clock_that_is_ahead_cannot_be_told_from_a_long_way_and_is_left_alone() =>
        Assert.All(Draw(Kept("ws receive", 1), Kept("ws deliver", 2, parent: 1, start: 90_000, node: "node-2")).Rows, row => Assert.Equal(TimeSpan.Zero, row.Shift));

    [Fact]
    public void Causes_that_go_in_a_ring_are_drawn_once_each()
    {
        var waterfall = Draw(Kept("a", 1, parent: 2), Kept("b", 2, parent: 1, start: 5), Kept("self", 3, parent: 3, start: 9));

        Assert.Equal(["a", "b", "self"], waterfall.Rows.Select(row => row.Span.Name).Order());
    }

    [Fact]
    public void A_chain_as_deep_as_a_trace_may_be_is_drawn()
    {
        var waterfall = Draw([.. Enumerable.Range(1, 1000).Select(id => Kept("step", (ulong)id, parent: (ulong)id - 1, start: id))]);

        Assert.Equal((1000, 999), (waterfall.Rows.Count, waterfall.Rows[^1].Depth));
    }

    [Fact]
    public void A_trace_that_took_no_time_can_be_drawn() => Assert.Equal(0, Draw(Kept("route", 1, duration: 0)) is var waterfall ? waterfall.Share(waterfall.Rows[0].Offset) : -1);

    [Theory]
    [InlineData(0, "0 µs")]
    [InlineData(84, "84 µs")]
    [InlineData(1_321, "1.32 ms")]
    [InlineData(45_600, "45.6 ms")]
    [InlineData(999_000, "999 ms")]
    [InlineData(20_400_000, "20.4 s")]
    [InlineData(185_000_000, "3 min 5 s")]
    public void Durations_have_the_unit_that_fits(double microseconds, string text) => Assert.Equal(text, Durations.Text(TimeSpan.FromMicroseconds(microseconds)));

    private static Waterfall Draw(params TraceSpan[] spans)
    {
        var ring = new TraceRing(TraceLimits.Default);
        ring.Add(spans);
        return Waterfall.Of(ring.Find(spans[0].Trace)!);
    }
}
