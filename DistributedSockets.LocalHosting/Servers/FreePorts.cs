// Loopback ports that nobody listens on right now.
using System.Net;
using System.Net.Sockets;

namespace DistributedSockets.LocalHosting.Servers;

internal static class FreePorts
{
    /// <summary>All are held until all are found, so that they differ.</summary>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
