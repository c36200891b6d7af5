// Latencies in buckets of at most 1.6 % width: recording one costs a few instructions and no memory.
using System.Numerics;

namespace DistributedSockets.Benchmarks.Load;

internal sealed class Histogram
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;

    private readonly long[] _buckets = new long[(64 - StepBits + 1) * Steps];

    public long Count { get; private set; }

    public long Greatest { get; private set; }

    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(nanoseconds, 0);
        _buckets[Bucket((ulong)nanoseconds)]++;
        Count++;
        Greatest = Math.Max(Greatest, nanoseconds);
    }

    /// <summary>Microseconds, at the middle of the bucket that holds it.</summary>
    public double Percentile(double share)
    {
        var rank = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (var i = 0; i < _buckets.Length; i++)
        {
            seen += _buckets[i];
            if (seen >= rank && seen > 0)
            {
                return Math.Min(Middle(i), Greatest) / 1000.0;
            }
        }

        return 0;
    }

    private static int Bucket(ulong value)
    {
        var shift = Math.Max(0, BitOperations.Log2(value | 1) - StepBits);
        return (shift * Steps) + (int)(value >> shift);
    }

    // The first two groups lie on each other's scale: a value below 128 is its own bucket.
    private static double Middle(int bucket)
    {
        var shift = Math.Max(0, (bucket / Steps) - 1);
        var step = bucket - (shift * Steps);
        return (step + 0.5) * Math.Pow(2, shift);
    }
}
