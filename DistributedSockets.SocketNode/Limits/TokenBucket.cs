// What is left of a rate.
namespace DistributedSockets.SocketNode.Limits;

/// <summary>
/// What is left of a rate, as the time when it is whole again: nothing has to run for it to fill up, and taking is one exchange. Many may take at once.
/// </summary>
internal struct TokenBucket
{
    private long _wholeAt;

    public readonly bool IsWhole(long now) => Volatile.Read(in _wholeAt) <= now;

    /// <summary>Takes one. False: there is none.</summary>
    /// <param name="wait">Until then.</param>
    public bool TryTake(Rate rate, long now, out long wait)
    {
        var before = Volatile.Read(ref _wholeAt);
        while (true)
        {
            var wholeAt = Math.Max(before, now) + rate.Cost;
            wait = wholeAt - now - rate.Capacity;
            if (wait > 0)
            {
                return false;
            }

            var seen = Interlocked.CompareExchange(ref _wholeAt, wholeAt, before);
            if (seen == before)
            {
                return true;
            }

            before = seen;
        }
    }

    /// <summary>What was taken has not happened.</summary>
    public void GiveBack(Rate rate) => Interlocked.Add(ref _wholeAt, -rate.Cost);

    /// <summary>Takes so many, whether there are so many or not: what has happened is paid for later.</summary>
    public void Charge(Rate rate, long now, int count)
    {
        var before = Volatile.Read(ref _wholeAt);
        for (long seen; (seen = Interlocked.CompareExchange(ref _wholeAt, Math.Max(before, now) + (count * rate.Cost), before)) != before;)
        {
            before = seen;
        }
    }

    /// <summary>Until one can be taken; not above 0 if it can be now.</summary>
    public readonly long WaitFor(Rate rate, long now) => Math.Max(Volatile.Read(in _wholeAt), now) + rate.Cost - now - rate.Capacity;
}
