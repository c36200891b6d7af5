// How often one may guess.
using System.Net;
using System.Threading.RateLimiting;

namespace DistributedSockets.Web.Access;

/// <summary>Counts wrong keys by address: after five within a minute none is looked at any more until the minute is over. Behind a proxy all share one address.</summary>
internal sealed class SignInAttempts : IDisposable
{
    public const int Limit = 5;

    private readonly PartitionedRateLimiter<string> _wrong = PartitionedRateLimiter.Create<string, string>(network => RateLimitPartition.GetFixedWindowLimiter(
        network, _ => new FixedWindowRateLimiterOptions { PermitLimit = Limit, Window = TimeSpan.FromMinutes(1) }));

    public bool IsOver(IPAddress? address) => _wrong.GetStatistics(Network(address))?.CurrentAvailablePermits == 0;

    public void NoteWrong(IPAddress? address) => _wrong.AttemptAcquire(Network(address)).Dispose();

    public void Dispose() => _wrong.Dispose();

    /// <summary>One machine has a whole /64 of IPv6 addresses to ask from.</summary>
    private static string Network(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };
}
