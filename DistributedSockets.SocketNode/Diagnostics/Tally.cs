// A number that only rises, counted by many threads.
namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>A number that only rises. A counter of a meter can't be read by the program that counts, and a node tells its rates to the others.</summary>
internal sealed class Tally
{
    private long _total;

    public long Total => Volatile.Read(ref _total);

    public void Add(long count) => Interlocked.Add(ref _total, count);
}
