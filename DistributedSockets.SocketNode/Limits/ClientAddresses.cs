// The address that a request is counted under.
using System.Net;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace DistributedSockets.SocketNode.Limits;

/// <summary>The address that a request is counted under: the one that the connection comes from, or what a trusted proxy says of it.</summary>
internal sealed class ClientAddresses(IOptions<SocketNodeOptions> options)
{
    /// <summary>A customer has at least so much of IPv6, and any address of it at will.</summary>
    private const int PrefixBytes = 8;

    private readonly IPNetwork[] _proxies = [.. options.Value.TrustedProxies.Select(proxy => TryParse(proxy, out var network) ? network : default)];

    /// <summary>One address, or a range such as <c>10.0.0.0/8</c>.</summary>
    public static bool TryParse(string proxy, out IPNetwork network)
    {
        if (IPAddress.TryParse(proxy, out var address))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(proxy, out network);
    }

    /// <summary>Null where there is none, as with a socket of the machine's own.</summary>
    public IPAddress? Of(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return null;
        }

        address = Plain(address);
        if (IsProxy(address))
        {
            // From the end: what stands before the last proxy of ours is what anybody may have written.
            var forwarded = context.Request.Headers["X-Forwarded-For"].SelectMany(line => line?.Split(',') ?? []).Reverse();
            foreach (var hop in forwarded)
            {
                if (!IPEndPoint.TryParse(hop.Trim(), out var parsed))
                {
                    break;
                }

                address = Plain(parsed.Address);
                if (!IsProxy(address))
                {
                    break;
                }
            }
        }

        return Group(address);
    }

    private bool IsProxy(IPAddress address) => Array.Exists(_proxies, proxy => proxy.Contains(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPAddress Group(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        if (bytes.Length > PrefixBytes)
        {
            bytes.AsSpan(PrefixBytes).Clear();
        }

        return new IPAddress(bytes);
    }
}
