// From a request to a WebSocket whose frames are our own.
using Microsoft.AspNetCore.Http.Features;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>
/// From a request to a WebSocket whose frames are our own: the framework shakes hands, over HTTP/1.1 and HTTP/2, and then leaves us the stream. Its own WebSocket writes a
/// frame at a time and holds a buffer for each idle connection.
/// </summary>
internal static class SocketUpgrade
{
    /// <summary>Comes before <c>UseWebSockets</c>, which takes the features as it finds them.</summary>
    public static void UseOwnFrames(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var stream = new UpgradedStream();
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            context.Features.Set<IHttpUpgradeFeature>(new Upgrade(upgrade, stream));
            context.Features.Set(stream);
        }
        else if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(new Connect(connect, stream));
            context.Features.Set(stream);
        }

        return next(context);
    });

    /// <summary>What a request was upgraded to.</summary>
    public static Stream StreamOf(HttpContext context) => context.Features.GetRequiredFeature<UpgradedStream>().Stream;

    private sealed class UpgradedStream
    {
        public Stream Stream { get; set; } = Stream.Null;
    }

    private sealed class Upgrade(IHttpUpgradeFeature inner, UpgradedStream upgraded) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => upgraded.Stream = await inner.UpgradeAsync();
    }

    private sealed class Connect(IHttpExtendedConnectFeature inner, UpgradedStream upgraded) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => inner.IsExtendedConnect;

        public string? Protocol => inner.Protocol;

        public async ValueTask<Stream> AcceptAsync() => upgraded.Stream = await inner.AcceptAsync();
    }
}
