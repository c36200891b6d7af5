// The names of users and rooms in the path of a request.
using Microsoft.AspNetCore.Http.Features;

namespace DistributedSockets.SocketNode.Api;

/// <summary>The names in the path of a request, as they were before they were percent-encoded.</summary>
internal static class PathNames
{
    /// <summary>
    /// The segment at a place, counted from 0 behind <c>/api</c>. Route values do not do: they leave <c>%2F</c> as it is, and then <c>a/b</c> is not to be told from <c>a%2Fb</c>.
    /// Null where the path does not say.
    /// </summary>
    public static string? Read(HttpContext context, int place)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/'))
        {
            return null;
        }

        var segments = target.Split('?', 2)[0].Split('/')[1..];

        // The server has left these out, and all places behind them are others.
        return place + 1 >= segments.Length || segments.Any(segment => Uri.UnescapeDataString(segment) is "." or "..") ? null : Uri.UnescapeDataString(segments[place + 1]);
    }
}
