// A bucket for each of many, and no more buckets than are needed.
using DistributedSockets.SocketNode.Limits;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Limits;

public sealed class BucketsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Each_key_has_its_own()
    {
        var buckets = NewBuckets(burst: 2);
        Assert.Null(buckets.Take(1));
        Assert.Null(buckets.Take(1));
        Assert.Equal(new Excess("Limits:X", TimeSpan.FromSeconds(1)), buckets.Take(1));
        Assert.Null(buckets.Take(2));
    }

    [Fact]
    public void Without_a_rate_there_is_no_limit_and_nothing_is_kept()
    {
        var buckets = new Buckets<int>(null);
        Assert.Null(buckets.Take(1));
        Assert.Null(buckets.Hold(1));
        Assert.Equal(0, buckets.Count);
    }

    [Fact]
    public void Who_has_come_once_is_forgotten_when_it_does_not_matter_any_more()
    {
        var buckets = NewBuckets(burst: 2);
        for (var key = 0; key < 200_000; key++)
        {
            buckets.Take(key);
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(buckets.Count, 100, 2_000);
    }

    [Fact]
    public void What_is_held_is_kept_and_shared()
    {
        var buckets = NewBuckets(burst: 2);
        var held = buckets.Hold(-1)!;
        var left = buckets.Hold(-2)!;
        left.LetGo();
        for (var key = 0; key < 5_000; key++)
        {
            buckets.Take(key);
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Same(held, buckets.Hold(-1));
        Assert.NotSame(left, buckets.Hold(-2));
    }

    [Fact]
    public void Beyond_the_bound_newcomers_share_one_and_the_known_keep_theirs()
    {
        var buckets = NewBuckets(burst: 2);
        Assert.Null(buckets.Take(-1));
        for (var key = 0; key < 3 * Buckets<int>.Most; key++)
        {
            buckets.Take(key);
        }

        Assert.InRange(buckets.Count, Buckets<int>.Most, 2 * Buckets<int>.Most);
        Assert.NotNull(buckets.Take(-2));
        Assert.Null(buckets.Take(-1));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(buckets.Take(-2));
        Assert.InRange(buckets.Count, 1, 2);
    }

    [Fact]
    public void What_connections_hold_is_not_counted_to_the_bound()
    {
        var buckets = NewBuckets(burst: 1);
        for (var key = 0; key < 3 * Buckets<int>.Most; key++)
        {
            Assert.True(buckets.Hold(key)!.TryTake(_time.GetTimestamp(), out _));
        }
    }

    private Buckets<int> NewBuckets(int burst) => new(new Rate("Limits:X", perSecond: 1, burst, _time));
}
