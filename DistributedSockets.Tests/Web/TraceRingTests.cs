// What is kept of traces has bounds, and the oldest give way.
using DistributedSockets.Web.Traces;
using static DistributedSockets.Tests.Web.TraceExport;

namespace DistributedSockets.Tests.Web;

public sealed class TraceRingTests
{
    [Fact]
    public void Spans_of_one_trace_come_together_whenever_and_from_wherever_they_come()
    {
        var ring = new TraceRing(TraceLimits.Default);
        ring.Add([Kept("ws deliver", 3, parent: 1, start: 300, node: "node-2", attributes: [("ds.user", "bob")])]);
        Assert.NotEqual(0UL, ring.Find(7)!.Root.Parent);
        ring.Add([Kept("ws receive", 1, attributes: [("ds.user", "alice")]), Kept("route", 2, parent: 1, start: 10, error: "gone")]);

        var trace = ring.Find(7)!;

        Assert.Equal(["ws receive", "route", "ws deliver"], trace.Spans.Select(span => span.Name));
        Assert.Equal(("ws receive", 400, 1), (trace.Root.Name, trace.Duration.TotalMicroseconds, trace.Errors));
        Assert.Equal(["node-1", "node-2"], trace.Nodes);
        Assert.Equal(["alice", "bob"], trace.Users);
    }

    [Fact]
    public void A_span_that_is_sent_again_counts_once()
    {
        var ring = new TraceRing(TraceLimits.Default);
        ring.Add([Kept("route", 1), Kept("route", 1)]);
        var bytes = ring.Bytes;
        ring.Add([Kept("route", 1)]);

        Assert.Single(ring.Find(7)!.Spans);
        Assert.Equal(bytes, ring.Bytes);
    }

    [Fact]
    public void The_oldest_traces_give_way_to_newer_ones()
    {
        var ring = new TraceRing(new TraceLimits(Traces: 3, Bytes: 1 << 20, SpansPerTrace: 10));
        for (ulong trace = 1; trace <= 10; trace++)
        {
            ring.Add([Kept("route", 1, trace: trace)]);
        }

        Assert.Equal([8, 9, 10], ring.ReadAll().Select(trace => (int)trace.Id));
        Assert.Null(ring.Find(7));
    }

    [Fact]
    public void Few_large_traces_give_way_by_their_bytes()
    {
        var ring = new TraceRing(new TraceLimits(Traces: 1000, Bytes: 10_000, SpansPerTrace: 10));
        for (ulong trace = 1; trace <= 100; trace++)
        {
            ring.Add([Kept("route", 1, trace: trace, attributes: [("text", new string('x', 1000))])]);
            Assert.InRange(ring.Bytes, 0, 10_000);
        }

        Assert.Equal(100, (int)ring.ReadAll()[^1].Id);
        Assert.InRange(ring.ReadAll().Count, 2, 5);
    }

    [Fact]
    public void One_trace_larger_than_everything_leaves_an_empty_ring_and_no_debt()
    {
        var ring = new TraceRing(new TraceLimits(Traces: 10, Bytes: 1000, SpansPerTrace: 10));
        ring.Add([Kept("route", 1, attributes: [("text", new string('x', 5000))])]);

        Assert.Empty(ring.ReadAll());
        Assert.Equal(0, ring.Bytes);
    }

    [Fact]
    public void A_trace_that_grows_for_ever_is_cut_and_says_by_how_much()
    {
        var ring = new TraceRing(new TraceLimits(Traces: 10, Bytes: 1 << 20, SpansPerTrace: 5));
        ring.Add(Enumerable.Range(1, 12).Select(id => Kept("route", (ulong)id)));

        Assert.Equal((5, 7), (ring.Find(7)!.Spans.Count, ring.Find(7)!.Omitted));
    }

    [Fact]
    public void Nothing_grows_beyond_its_bounds_under_a_flood()
    {
        // Threads as the requests of three nodes.
        var limits = new TraceLimits(Traces: 500, Bytes: 400_000, SpansPerTrace: 20);
        var ring = new TraceRing(limits);
        Parallel.For(0, 3, node =>
        {
            for (ulong number = 1; number <= 20_000; number++)
            {
                ring.Add([Kept("route", number, trace: (number / 4) + 1, node: $"node-{node}", attributes: [("ds.user", "alice")])]);
            }
        });

        var kept = ring.ReadAll();
        Assert.InRange(kept.Count, 1, limits.Traces);
        Assert.InRange(ring.Bytes, 1, limits.Bytes);
        Assert.Equal(ring.Bytes, kept.Sum(trace => trace.Spans.Sum(span => (long)span.Bytes)));
    }

    [Fact]
    public void Whoever_shows_traces_sees_by_the_version_that_there_is_news()
    {
        var ring = new TraceRing(TraceLimits.Default);
        var before = ring.Version;
        ring.Add([Kept("route", 1)]);
        Assert.NotEqual(before, ring.Version);
        before = ring.Version;
        ring.Clear();

        Assert.NotEqual(before, ring.Version);
        Assert.Equal((0, 0L), (ring.ReadAll().Count, ring.Bytes));
    }

    [Fact]
    public void A_message_that_was_carried_along_finds_the_trace_that_did()
    {
        var ring = new TraceRing(TraceLimits.Default);
        ring.Add([Kept("ws receive", 1, trace: 8), Kept("deliver", 3, trace: 8, links: [8]), Kept("messages publish", 2, trace: 9, links: [8])]);

        Assert.Equal(9, (int)Assert.Single(ring.FindCarriers(8)).Id);
        Assert.Empty(ring.FindCarriers(9));
    }

    [Theory]
    [InlineData("ALICE", null, 0, false, true)]
    [InlineData("00000000000000000000000000000007", null, 0, false, true)]
    [InlineData("rout", "node-1", 0.1, true, true)]
    [InlineData("carol", null, 0, false, false)]
    [InlineData("", "node-2", 0, false, false)]
    [InlineData(null, null, 0.2, false, false)]
    public void A_filter_fits_by_text_node_duration_and_error(string? text, string? node, double milliseconds, bool errors, bool fits)
    {
        var trace = new Trace(7, [Kept("route", 1, error: "gone", attributes: [("ds.user", "alice")])], Omitted: 0);
        Assert.Equal(fits, new TraceFilter(node, text, TimeSpan.FromMilliseconds(milliseconds), errors).Fits(trace));
    }

    [Fact]
    public void Without_an_error_a_trace_does_not_fit_who_asks_for_errors() =>
        Assert.False(new TraceFilter(ErrorsOnly: true).Fits(new Trace(7, [Kept("route", 1)], Omitted: 0)));
}
