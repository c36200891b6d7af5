// A bucket for each user, address or caller: as many as are needed, and no more.
namespace DistributedSockets.SocketNode.Limits;

/// <summary>
/// A bucket for each of many. One that is whole again says nothing and is forgotten. Bounded, so that nobody fills the memory by coming under many names: beyond it those
/// who are new share a bucket, whatever that means for them. What connections hold is bounded by their number.
/// </summary>
/// <param name="rate">Null where there is no such limit.</param>
internal sealed class Buckets<TKey>(Rate? rate)
    where TKey : notnull
{
    /// <summary>From so many on that nobody holds, newcomers share one; twice as many before that is noticed.</summary>
    public const int Most = 50_000;

    private const int FewestToSweep = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, SharedBucket> _buckets = [];
    private readonly SharedBucket? _crowd = rate is null ? null : new SharedBucket(rate);
    private int _sweepAt = FewestToSweep;
    private long _crowdedUntil = long.MinValue;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>Takes one of the key's. Null: it is taken.</summary>
    public Excess? Take(TKey key)
    {
        if (rate is null)
        {
            return null;
        }

        lock (_gate)
        {
            var now = rate.Now();
            return Find(key, now).TryTake(now, out var wait) ? null : new Excess(rate.Limit, rate.ToTime(wait));
        }
    }

    /// <summary>Takes so many of the key's, whether there are so many or not.</summary>
    public void Charge(TKey key, int count)
    {
        if (rate is null || count <= 0)
        {
            return;
        }

        lock (_gate)
        {
            var now = rate.Now();
            Find(key, now).Charge(now, count);
        }
    }

    /// <summary>The key's bucket, for as long as it is held; null where there is no such limit.</summary>
    public SharedBucket? Hold(TKey key)
    {
        if (rate is null)
        {
            return null;
        }

        lock (_gate)
        {
            var bucket = Find(key, rate.Now());
            bucket.Hold();
            return bucket;
        }
    }

    private SharedBucket Find(TKey key, long now)
    {
        if (_buckets.TryGetValue(key, out var known))
        {
            return known;
        }

        if (_buckets.Count >= _sweepAt && now >= _crowdedUntil)
        {
            Sweep(now);
        }

        return now < _crowdedUntil ? _crowd! : (_buckets[key] = new SharedBucket(rate!));
    }

    private void Sweep(long now)
    {
        var held = 0;
        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.IsHeld)
            {
                held++;
            }
            else if (bucket.IsWhole(now))
            {
                _buckets.Remove(key);
            }
        }

        _sweepAt = _buckets.Count + Math.Clamp(_buckets.Count, FewestToSweep, Most);
        if (_buckets.Count - held >= Most)
        {
            // Not again at once: to look through so many is work, and it is others who wait.
            _sweepAt = _buckets.Count;
            _crowdedUntil = now + (rate!.PerSecond * rate.Cost);
        }
    }
}
