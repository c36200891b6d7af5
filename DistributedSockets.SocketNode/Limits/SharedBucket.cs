// A bucket that several connections take from.
namespace DistributedSockets.SocketNode.Limits;

/// <summary>A bucket with its rate; several may hold it, and it is kept for as long as somebody does.</summary>
internal sealed class SharedBucket(Rate rate)
{
    private TokenBucket _bucket;
    private int _holders;

    public Rate Rate => rate;

    public bool IsHeld => Volatile.Read(ref _holders) > 0;

    public bool IsWhole(long now) => _bucket.IsWhole(now);

    public bool TryTake(long now, out long wait) => _bucket.TryTake(rate, now, out wait);

    public void GiveBack() => _bucket.GiveBack(rate);

    public void Charge(long now, int count = 1) => _bucket.Charge(rate, now, count);

    public long WaitFor(long now) => _bucket.WaitFor(rate, now);

    public void Hold() => Interlocked.Increment(ref _holders);

    public void LetGo() => Interlocked.Decrement(ref _holders);
}
