// Who is let in without showing who they are: programs on this machine, and nobody through a proxy or a page.
using System.Net;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Api;

/// <summary>Where nobody can show who they are, only direct callers on the node's own machine are let in.</summary>
internal sealed class LocalCallers(IOptions<SocketNodeOptions> options)
{
    /// <summary>Why the caller is none of them, or null.</summary>
    public string? WhyRefused(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } caller || !IsLoopback(caller))
        {
            return "in anonymous mode the API is open to callers on the node's own machine only";
        }

        if (context.Request.Headers.Keys.Any(IsForwarding))
        {
            return "in anonymous mode the API is open to direct callers only: this request was forwarded";
        }

        // A page of somebody else's whose name resolves to 127.0.0.1 is of the caller's machine too, but it can't choose the Host header.
        return IsOwnHost(context.Request.Host.Host)
            ? null
            : "the Host header names neither this machine (localhost, 127.0.0.1, [::1]) nor the host of PublicUrl";
    }

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>ASP.NET's own middleware for forwarded headers, if somebody turns it on, believes them and leaves X-Original-… instead.</summary>
    private static bool IsForwarding(string header) =>
        header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);

    private bool IsOwnHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IsLoopback(address))
        || (Uri.TryCreate(options.Value.PublicUrl, UriKind.Absolute, out var configured) && host.Equals(configured.Host, StringComparison.OrdinalIgnoreCase));
}
