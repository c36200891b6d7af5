// The last 15 minutes: what is kept of them, and how it is drawn.
using DistributedSockets.Web.Cluster;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Web;

public sealed class ClusterHistoryTests
{
    private static readonly NodeAddress Address = new("node-1", new Uri("http://localhost:8081"));

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));

    [Fact]
    public void A_point_is_the_highest_of_its_six_seconds_and_remembers_that_the_node_was_away()
    {
        var history = new ClusterHistory(_time);
        Add(history, connections: 5);
        Add(history, connections: 9);
        Add(history, connections: null);

        var sample = Assert.Single(history.Of("node-1"));
        Assert.Equal((9d, false), (sample.Connections, sample.IsThere));
    }

    [Fact]
    public void No_more_than_15_minutes_are_kept()
    {
        var history = new ClusterHistory(_time);
        for (var turn = 0; turn < 1000; turn++)
        {
            Add(history, connections: turn);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.InRange(history.Of("node-1").Count, ClusterHistory.Buckets - 1, ClusterHistory.Buckets);
        Assert.All(history.Of("node-1"), sample => Assert.InRange(sample.Bucket, history.Now - ClusterHistory.Buckets, history.Now));
        Assert.Empty(history.Of("node-2"));
    }

    [Fact]
    public void A_line_ends_at_the_right_and_breaks_where_the_node_was_away_or_nobody_looked()
    {
        NodeSample[] samples = [At(90, 0), At(91, 10), Away(92), Away(93), At(94, 5), At(100, 5)];

        Assert.Equal("M139 27L140 1M143 14h.01M149 14h.01", SparkPath.Line(samples, sample => sample.Connections, now: 100, height: 28, max: 10));
        Assert.Equal([(141L, 2L)], SparkPath.Gaps(samples, now: 100));
        Assert.Equal("M139 28L139 27L140 1L140 28Z", SparkPath.Area(samples, sample => sample.Connections, now: 100, height: 28, max: 10));
    }

    [Fact]
    public void A_node_that_is_still_away_is_away_up_to_now() => Assert.Equal([(147L, 3L)], SparkPath.Gaps([At(97, 1), Away(98)], now: 100));

    private static NodeSample At(long bucket, double connections) => new(bucket, IsThere: true, connections, null, null, null, null, null, null, null, null);

    private static NodeSample Away(long bucket) => new(bucket, IsThere: false, null, null, null, null, null, null, null, null, null);

    private static void Add(ClusterHistory history, long? connections) => history.Add(new ClusterSnapshot(
        [new NodeStatus(Address, connections is null ? NodeHealth.Unreachable : NodeHealth.Healthy, null, connections is null ? null : new NodeInfo("server-1", "1", connections, 0, Standalone: false, "0.1.0"))]));
}
