// The body of a request to the API: one JSON object within its limit.
using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DistributedSockets.SocketNode.Api;

/// <summary>The body of a request: an object, or why it is none.</summary>
internal readonly record struct ApiBody(JsonElement Object, ProblemHttpResult? Problem)
{
    /// <param name="maxBytes">What <paramref name="limit"/> allows.</param>
    /// <param name="isOptional">Whether no body is as good as an empty object.</param>
    public static async Task<ApiBody> ReadAsync(HttpContext context, int maxBytes, string limit, bool isOptional, CancellationToken cancellationToken)
    {
        if (await ReadBytesAsync(context, maxBytes, cancellationToken) is not { } bytes)
        {
            return new ApiBody(default, Problems.TooLarge($"the body has more than {maxBytes} bytes", limit));
        }

        if (bytes.Length == 0 && isOptional)
        {
            return new ApiBody(default, null);
        }

        // What is not UTF-8 would close the connections that it is pushed to.
        if (!Utf8.IsValid(bytes))
        {
            return new ApiBody(default, Problems.BadRequest("the body is not UTF-8"));
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ApiBody(document.RootElement.Clone(), null)
                : new ApiBody(default, Problems.BadRequest("the body must be a JSON object"));
        }
        catch (JsonException exception)
        {
            return new ApiBody(default, Problems.BadRequest($"the body is no JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}"));
        }
    }

    /// <summary>Null: more than there may be.</summary>
    private static async Task<byte[]?> ReadBytesAsync(HttpContext context, int maxBytes, CancellationToken cancellationToken)
    {
        // Counted here, so that the answer is a problem like any other.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Request.ContentLength > maxBytes)
        {
            return null;
        }

        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > maxBytes)
            {
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            context.Request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
