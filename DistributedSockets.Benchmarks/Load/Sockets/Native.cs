// The calls into the C library that the generator lives on: one thread, one epoll, no dispatching in between.
using System.Runtime.InteropServices;

namespace DistributedSockets.Benchmarks.Load.Sockets;

/// <summary>Linux only, as is the reading of /proc: .NET's own sockets cost the generator about as much as what it measures.</summary>
internal static unsafe partial class Native
{
    public const int WouldBlock = 11;
    public const int InProgress = 115;
    public const int Interrupted = 4;

    public const uint Readable = 0x1;
    public const uint Writable = 0x4;

    public const int Add = 1;
    public const int Remove = 2;
    public const int Modify = 3;

    private const int InternetFamily = 2;
    private const int NonBlockingStream = 1 | 0x800 | 0x80000;
    private const int TcpLevel = 6;
    private const int NoDelay = 1;
    private const int InternetLevel = 0;
    private const int BindWithoutPort = 24;
    private const int SocketLevel = 1;
    private const int PendingError = 4;
    private const int NoSignal = 0x4000;

    /// <summary>A socket that is connecting to a loopback port. Ten thousand share a source address, so that there are ports for more.</summary>
    public static int Connect(int port, int index)
    {
        var descriptor = Checked(Socket(InternetFamily, NonBlockingStream, 0), "socket");
        var on = 1;
        Checked(SetOption(descriptor, TcpLevel, NoDelay, &on, sizeof(int)), "setsockopt");

        // Else the port is chosen here already, and the last ones take longer than all the others.
        Checked(SetOption(descriptor, InternetLevel, BindWithoutPort, &on, sizeof(int)), "setsockopt");
        var source = Address(0, (byte)(1 + (index / 10_000)));
        Checked(Bind(descriptor, source, 16), "bind");
        var target = Address(port, 1);
        var result = Connect(descriptor, target, 16);
        var error = Marshal.GetLastPInvokeError();
        return result == 0 || error == InProgress ? descriptor : throw new IOException($"connect: error {error}");
    }

    public static int ErrorOf(int descriptor)
    {
        int error;
        var length = sizeof(int);
        Checked(GetOption(descriptor, SocketLevel, PendingError, &error, &length), "getsockopt");
        return error;
    }

    /// <summary>Bytes read, 0 at the end of the stream, -1 when there is nothing now.</summary>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Result(Receive(descriptor, start, buffer.Length, 0), "recv");
        }
    }

    /// <summary>Bytes taken, -1 when there is no room now.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Result(Send(descriptor, start, bytes.Length, NoSignal), "send");
        }
    }

    public static int Checked(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: error {Marshal.GetLastPInvokeError()}");

    private static int Result(nint result, string call)
    {
        if (result >= 0)
        {
            return (int)result;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is WouldBlock or Interrupted ? -1 : throw new IOException($"{call}: error {error}");
    }

    // struct sockaddr_in: family, port in network order, 127.0.0.<host>, padding.
    private static byte[] Address(int port, byte host) =>
        [InternetFamily, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, host, 0, 0, 0, 0, 0, 0, 0, 0];

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int CreatePoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int Control(int poll, int operation, int descriptor, byte* change);

    /// <summary>With nanoseconds, unlike epoll_wait: what is sent at a fixed rate must not wait for the next millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    public static partial int Wait(int poll, byte* ready, int count, long* timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int descriptor, byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int descriptor, byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int descriptor, int level, int name, void* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int descriptor, int level, int name, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, byte* bytes, nint length, int flags);
}
