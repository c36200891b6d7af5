// What a rate allows, as time goes on.
using DistributedSockets.SocketNode.Limits;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Limits;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Burst_can_be_taken_at_once_and_then_one_after_the_other()
    {
        var rate = new Rate("Limits:X", perSecond: 10, burst: 3, _time);
        var bucket = new TokenBucket();
        Assert.Equal(3, TakeAll(ref bucket, rate));

        Assert.False(bucket.TryTake(rate, rate.Now(), out var wait));
        Assert.Equal(100, rate.ToTime(wait).TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(bucket.TryTake(rate, rate.Now(), out wait));
        Assert.Equal(1, rate.ToTime(wait).TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, TakeAll(ref bucket, rate));
    }

    [Fact]
    public void No_more_is_saved_up_than_the_burst()
    {
        var rate = new Rate("Limits:X", perSecond: 10, burst: 3, _time);
        var bucket = new TokenBucket();
        TakeAll(ref bucket, rate);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.False(bucket.IsWhole(rate.Now()));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.True(bucket.IsWhole(rate.Now()));
        Assert.Equal(3, TakeAll(ref bucket, rate));
    }

    [Fact]
    public void Over_a_long_time_the_rate_is_kept_whoever_asks_how_often()
    {
        var rate = new Rate("Limits:X", perSecond: 7, burst: 5, _time);
        var bucket = new TokenBucket();
        var taken = 0;
        for (var step = 0; step < 10_000; step++)
        {
            taken += TakeAll(ref bucket, rate);
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(taken, 700 + 5 - 1, 700 + 5 + 1);
    }

    [Fact]
    public void What_was_charged_beyond_the_burst_is_waited_for()
    {
        var rate = new Rate("Limits:X", perSecond: 10, burst: 2, _time);
        var bucket = new TokenBucket();
        for (var charged = 0; charged < 4; charged++)
        {
            bucket.Charge(rate, rate.Now(), count: 1);
        }

        Assert.Equal(300, rate.ToTime(bucket.WaitFor(rate, rate.Now())).TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.True(bucket.WaitFor(rate, rate.Now()) <= 0);
        Assert.Equal(1, TakeAll(ref bucket, rate));
    }

    [Fact]
    public void What_is_given_back_can_be_taken_again()
    {
        var rate = new Rate("Limits:X", perSecond: 10, burst: 2, _time);
        var bucket = new TokenBucket();
        TakeAll(ref bucket, rate);
        bucket.GiveBack(rate);
        Assert.Equal(1, TakeAll(ref bucket, rate));
    }

    [Fact]
    public async Task Many_who_take_at_once_get_no_more_than_there_is()
    {
        var rate = new Rate("Limits:X", perSecond: 1, burst: 10_000, _time);
        var bucket = new SharedBucket(rate);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            var mine = 0;
            while (bucket.TryTake(rate.Now(), out var _))
            {
                mine++;
            }

            return mine;
        })));

        Assert.Equal(10_000, taken.Sum());
    }

    private static int TakeAll(ref TokenBucket bucket, Rate rate)
    {
        var taken = 0;
        while (bucket.TryTake(rate, rate.Now(), out _))
        {
            taken++;
        }

        return taken;
    }
}
