// Which pages may have a browser come here.
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>Which pages may come here. Only browsers send an origin, and only they can be made to come by a page of somebody else's.</summary>
internal sealed class Origins(IOptions<SocketNodeOptions> options, IHostEnvironment environment)
{
    public bool Allow(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        if (string.IsNullOrEmpty(origin))
        {
            return true;
        }

        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri))
        {
            return false;
        }

        if (options.Value.AllowedOrigins.Length > 0)
        {
            return options.Value.AllowedOrigins.Any(allowed => new Uri(allowed).GetLeftPart(UriPartial.Authority) == uri.GetLeftPart(UriPartial.Authority));
        }

        return environment.IsDevelopment()
            ? uri.IsLoopback
            : string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
