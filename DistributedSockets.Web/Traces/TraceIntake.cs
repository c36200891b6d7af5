// POST /v1/traces: takes what the nodes' exporters send, OTLP over HTTP with protobuf.
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Mvc;

namespace DistributedSockets.Web.Traces;

/// <summary>
/// Takes exports of programs on this machine, and of no page: one of somebody else's can't send this content type without being asked first. What can't be read is counted
/// and refused.
/// </summary>
internal sealed partial class TraceIntake(TraceRing ring, ILogger<TraceIntake> logger)
{
    private const string Protobuf = "application/x-protobuf";

    // An exporter sends 512 spans at once.
    private const int MaxBody = 4 << 20;
    private const int MaxUnpacked = 16 << 20;

    private long _refused;

    /// <summary>Exports that could not be read.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints
        .MapPost("/v1/traces", (HttpContext context, TraceIntake intake) => intake.TakeAsync(context))
        .WithMetadata(new RequestSizeLimitAttribute(MaxBody))
        .WithMetadata(new SkipStatusCodePagesAttribute())
        .AllowAnonymous()
        .DisableAntiforgery();

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!IsDirectAndLocal(context))
        {
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        var encoding = request.Headers.ContentEncoding.ToString();
        if (request.ContentType != Protobuf || encoding is not ("" or "gzip"))
        {
            return TypedResults.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            using var body = new MemoryStream();
            await using var source = encoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
            await CopyAsync(source, body, context.RequestAborted);
            ring.Add(OtlpReader.Read(body.GetBuffer().AsSpan(0, (int)body.Length)));
        }
        catch (InvalidDataException exception)
        {
            Interlocked.Increment(ref _refused);
            LogRefused(exception.Message);
            return TypedResults.StatusCode(StatusCodes.Status400BadRequest);
        }
        catch (BadHttpRequestException exception)
        {
            Interlocked.Increment(ref _refused);
            LogRefused(exception.Message);
            return TypedResults.StatusCode(exception.StatusCode);
        }

        // The answer's message has no field that would have to be set.
        return TypedResults.Bytes([], Protobuf);
    }

    private static bool IsDirectAndLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } caller
        && IPAddress.IsLoopback(caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller)
        && !context.Request.Headers.ContainsKey("Origin")
        && !context.Request.Headers.Keys.Any(header => header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase) || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase));

    private static async Task CopyAsync(Stream source, MemoryStream target, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
        {
            // A few bytes of gzip can become any number.
            if (target.Length + read > MaxUnpacked)
            {
                throw new InvalidDataException($"It has more than {MaxUnpacked} bytes.");
            }

            target.Write(buffer, 0, read);
        }
    }

    [LoggerMessage(11001, LogLevel.Warning, "An export of traces was refused: {Reason}")]
    private partial void LogRefused(string reason);
}
