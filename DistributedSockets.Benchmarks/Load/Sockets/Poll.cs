// Which sockets have something to read or room to write: epoll, by level.
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DistributedSockets.Benchmarks.Load.Sockets;

internal readonly record struct Readiness(int Token, bool IsReadable, bool IsWritable);

internal sealed unsafe class Poll : IDisposable
{
    private const int Most = 512;

    // struct epoll_event { uint32 events; uint64 data; }, packed on x86-64 and nowhere else.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - 8;

    private readonly int _descriptor = Native.Checked(Native.CreatePoll(0), "epoll_create1");
    private readonly byte[] _events = GC.AllocateArray<byte>(Most * Stride, pinned: true);

    public void Add(int descriptor, int token, bool writable) => Control(Native.Add, descriptor, token, writable);

    public void Modify(int descriptor, int token, bool writable) => Control(Native.Modify, descriptor, token, writable);

    public void Remove(int descriptor) => Control(Native.Remove, descriptor, 0, writable: false);

    /// <summary>How many are ready within the time.</summary>
    public int Wait(TimeSpan limit)
    {
        var timeout = stackalloc long[2];
        timeout[0] = (long)limit.TotalSeconds;
        timeout[1] = (limit.Ticks % TimeSpan.TicksPerSecond) * 100;
        fixed (byte* events = _events)
        {
            var count = Native.Wait(_descriptor, events, Most, timeout, 0);
            return count < 0 && Marshal.GetLastPInvokeError() == Native.Interrupted ? 0 : Native.Checked(count, "epoll_pwait2");
        }
    }

    public Readiness this[int index]
    {
        get
        {
            var one = _events.AsSpan(index * Stride, Stride);
            var events = BinaryPrimitives.ReadUInt32LittleEndian(one);

            // An error or a hang-up is found out by reading.
            return new((int)BinaryPrimitives.ReadInt64LittleEndian(one[DataOffset..]), (events & ~Native.Writable) != 0, (events & Native.Writable) != 0);
        }
    }

    public void Dispose() => _ = Native.Close(_descriptor);

    private void Control(int operation, int descriptor, int token, bool writable)
    {
        var change = stackalloc byte[16];
        var span = new Span<byte>(change, 16);
        span.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(span, writable ? Native.Readable | Native.Writable : Native.Readable);
        BinaryPrimitives.WriteInt64LittleEndian(span[DataOffset..], token);
        Native.Checked(Native.Control(_descriptor, operation, descriptor, change), "epoll_ctl");
    }
}
