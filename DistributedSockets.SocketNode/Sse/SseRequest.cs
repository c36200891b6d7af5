// A request for an event stream: it stays for as long as the connection.
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace DistributedSockets.SocketNode.Sse;

/// <summary>A request for an event stream.</summary>
/// <param name="publicUrl">Where this node is found whatever stands before it; null where the client's own way is the only one known.</param>
internal sealed class SseRequest(HttpContext context, SseConnections connections, string node, string? publicUrl) : SocketRequest
{
    public const string Path = "/sse";
    private const string NodeCookie = "ds-node";

    private SsePosts? _posts;

    public override HttpContext Context => context;

    public override Refusal? WhyRefused(UpgradeRules rules, out UserId? user, out string? subprotocol)
    {
        subprotocol = JsonProfile.Subprotocol;
        return rules.RefuseStream(context, out user);
    }

    /// <summary>Returns when the connection has ended.</summary>
    public async Task RunAsync(Func<SocketRequest, Task> handleAsync)
    {
        try
        {
            await handleAsync(this);
        }
        finally
        {
            if (_posts is not null)
            {
                connections.Remove(_posts);
                _posts.End();
            }
        }
    }

    public override async Task<ClientSocket> AcceptAsync(string? subprotocol, int frameBytes)
    {
        var posts = _posts = new SsePosts(frameBytes);
        connections.Add(posts);

        // Who leaves without a word has nothing more to say, and nobody to be told so.
        context.RequestAborted.UnsafeRegister(static state => ((SsePosts)state!).End(), posts);
        await StartAsync();
        SseEvents.WriteOpen(context.Response.BodyWriter, new SseOpen(posts.Id, posts.Key, $"{publicUrl ?? $"{context.Request.Scheme}://{context.Request.Host}"}{Path}/{posts.Id}"));
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return new ClientSocket(posts.Frames, new SseStream(context.Response.BodyWriter, posts.End), Abort, frameBytes);

        void Abort()
        {
            context.Abort();
            posts.End();
        }
    }

    private Task StartAsync()
    {
        // A connection on which little happens is a good one.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        response.Cookies.Append(NodeCookie, node, new CookieOptions { Path = Path, HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps });
        return response.StartAsync(context.RequestAborted);
    }
}
