// GET /sse, POST /sse/<connection>: connections for networks that break WebSockets.
using System.Buffers;
using System.Globalization;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Sse;

/// <summary>The fallback: the frames of <c>ds.v1.json</c> down as events and up as posts. What is behind it is a connection like any other.</summary>
internal static class SseEndpoint
{
    private const string KeyHeader = "ds-key";
    private const string NumberHeader = "ds-number";

    public static void MapSse(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(SseRequest.Path, OpenAsync);
        endpoints.MapPost($"{SseRequest.Path}/{{connection}}", PostAsync);
        endpoints.MapMethods($"{SseRequest.Path}/{{connection?}}", [HttpMethods.Options], Preflight);
    }

    private static Task OpenAsync(HttpContext context, SocketEndpoint sockets, SseConnections connections, NodeIdentity identity, Origins origins, IOptions<SocketNodeOptions> options)
    {
        AllowOrigin(context, origins);
        var publicUrl = string.IsNullOrEmpty(options.Value.PublicUrl) ? null : options.Value.PublicUrl.TrimEnd('/');
        return new SseRequest(context, connections, identity.Node.Value, publicUrl).RunAsync(sockets.HandleAsync);
    }

    private static async Task<IResult> PostAsync(
        string connection, HttpContext context, SseConnections connections, Origins origins, IOptions<SocketNodeOptions> options, CancellationToken cancellationToken)
    {
        if (!AllowOrigin(context, origins))
        {
            return Refuse(StatusCodes.Status403Forbidden, "this origin may not post: it is not among AllowedOrigins");
        }

        if (connections.Find(connection) is not { } posts)
        {
            return Gone();
        }

        var headers = context.Request.Headers;
        if (!posts.IsKey(headers[KeyHeader]))
        {
            return Refuse(StatusCodes.Status403Forbidden, $"{KeyHeader} is not the key of this connection");
        }

        if (!context.Request.HasJsonContentType())
        {
            return Refuse(StatusCodes.Status400BadRequest, "a post needs Content-Type: application/json");
        }

        if (!long.TryParse(headers[NumberHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return OutOfTurn(posts);
        }

        if (await TryReadAsync(context.Request, options.Value.Limits.FrameBytes, cancellationToken) is not { } frame)
        {
            posts.TakeTooLarge();
            return Refuse(StatusCodes.Status413PayloadTooLarge, "frame larger than the limit");
        }

        var outcome = posts.Take(number, frame);
        context.Request.BodyReader.AdvanceTo(frame.End);
        switch (outcome)
        {
            case PostOutcome.Taken:
                return TypedResults.NoContent();
            case PostOutcome.OutOfTurn:
                return OutOfTurn(posts);
            case PostOutcome.Busy:
                context.Response.Headers.RetryAfter = "1";
                return Refuse(StatusCodes.Status429TooManyRequests, "the node has not yet read what was posted before; post it again");
            default:
                return Gone();
        }
    }

    /// <summary>The whole body, not advanced over yet; null when it is larger than the limit.</summary>
    private static async Task<ReadOnlySequence<byte>?> TryReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        while (request.ContentLength is null || request.ContentLength <= limit)
        {
            var result = await request.BodyReader.ReadAsync(cancellationToken);
            if (result.Buffer.Length > limit)
            {
                request.BodyReader.AdvanceTo(result.Buffer.End);
                break;
            }

            if (result.IsCompleted)
            {
                return result.Buffer;
            }

            request.BodyReader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        return null;
    }

    private static IResult Preflight(HttpContext context, Origins origins)
    {
        if (!AllowOrigin(context, origins))
        {
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        context.Response.Headers.AccessControlAllowMethods = "GET, POST";
        context.Response.Headers.AccessControlAllowHeaders = $"{KeyHeader}, {NumberHeader}, Authorization, Content-Type";
        context.Response.Headers.AccessControlMaxAge = "3600";
        return TypedResults.NoContent();
    }

    /// <summary>Lets a page of an origin that may come here read the answer. False: it may not.</summary>
    private static bool AllowOrigin(HttpContext context, Origins origins)
    {
        context.Response.Headers.Vary = "Origin";
        if (!origins.Allow(context.Request))
        {
            return false;
        }

        if (context.Request.Headers.Origin.Count > 0)
        {
            context.Response.Headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
            context.Response.Headers.AccessControlExposeHeaders = "Retry-After";
        }

        return true;
    }

    private static JsonHttpResult<RefusalBody> OutOfTurn(SsePosts posts) =>
        Refuse(StatusCodes.Status400BadRequest, $"bad_number: the next {NumberHeader} is {posts.Next}");

    private static JsonHttpResult<RefusalBody> Gone() =>
        Refuse(StatusCodes.Status404NotFound, "no such connection on this node: it has ended, or is on another one");

    private static JsonHttpResult<RefusalBody> Refuse(int status, string error) =>
        TypedResults.Json(new RefusalBody(error), RefusalJson.Default.RefusalBody, statusCode: status);
}
