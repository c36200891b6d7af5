// Ports on the loopback addresses: are they free, and which are.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DistributedSockets.LocalHosting.Processes;

internal static class Ports
{
    // Below what Linux, Windows and macOS give to outgoing connections: such a port would be lost to one of those between two lives of a resource.
    private const int First = 20_000;
    private const int Last = 31_999;

    // Given out by this process, though maybe not listened on yet. Two applications in one test run must not get the same.
    private static readonly ConcurrentDictionary<int, bool> Taken = new();

    public static int FindFree()
    {
        for (var attempt = 0; attempt < 10_000; attempt++)
        {
            var port = Random.Shared.Next(First, Last + 1);
            if (!Taken.ContainsKey(port) && IsFree(port) && Taken.TryAdd(port, true))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port was found between {First} and {Last}.");
    }

    /// <summary>"localhost" is both loopback addresses, so both must be free.</summary>
    public static bool IsFree(int port) => CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException exception)
        {
            // A machine may support IPv6 and have no such address.
            return exception.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
