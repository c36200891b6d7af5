// A memory pool that knows how much of it is out.
using System.Buffers;

namespace DistributedSockets.Tests.Support;

/// <summary>A memory pool that knows how much of it is out.</summary>
internal sealed class CountingPool : MemoryPool<byte>
{
    private int _rented;

    /// <summary>Rented and not given back.</summary>
    public int Rented => Volatile.Read(ref _rented);

    public override int MaxBufferSize => Shared.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Interlocked.Increment(ref _rented);
        return new Owner(this, Shared.Rent(minBufferSize));
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Owner(CountingPool pool, IMemoryOwner<byte> inner) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => inner.Memory;

        public void Dispose()
        {
            Interlocked.Decrement(ref pool._rented);
            inner.Dispose();
        }
    }
}
