// What the API answers when it can't or may not do what it was asked for (RFC 9457).
using System.Globalization;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DistributedSockets.SocketNode.Api;

internal static class Problems
{
    /// <summary>The field that names the limit that was reached.</summary>
    public const string Limit = "limit";

    public static ProblemHttpResult BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, "bad_request", "The request breaks a rule", detail);

    public static ProblemHttpResult Forbidden(string detail) => Of(StatusCodes.Status403Forbidden, "forbidden", "Not allowed", detail);

    public static ProblemHttpResult TooLarge(string detail, string limit) => Of(StatusCodes.Status413PayloadTooLarge, "too_large", "Too large", detail, limit);

    /// <summary>What is refused for now says when to try again.</summary>
    public static ProblemHttpResult Of(HttpContext context, ApiRefusal refusal)
    {
        if (refusal.IsTemporary)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return Of(refusal.Status, refusal.Code, refusal.Title, refusal.Detail, refusal.Limit);
    }

    public static ProblemHttpResult UnsupportedMediaType() =>
        Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body is not JSON", "a write needs Content-Type: application/json");

    /// <summary>The store is away: worth trying again.</summary>
    public static ProblemHttpResult Unavailable(HttpContext context) => Unavailable(context, "Redis does not answer; try again later");

    /// <summary>There is no token that counts, or that can't be known now.</summary>
    public static ProblemHttpResult Unidentified(HttpContext context, Verdict verdict)
    {
        if (verdict.Fault == TokenFault.Unavailable)
        {
            return Unavailable(context, verdict.Reason);
        }

        context.Response.Headers.WWWAuthenticate = verdict.Challenge;
        return Of(StatusCodes.Status401Unauthorized, "unauthenticated", "No valid token", verdict.Reason);
    }

    public static ProblemHttpResult RateLimited(HttpContext context, Excess excess)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(excess.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Of(StatusCodes.Status429TooManyRequests, "rate_limited", "Too many requests", $"more than {excess.Limit} allows", excess.Limit);
    }

    private static ProblemHttpResult Unavailable(HttpContext context, string detail)
    {
        context.Response.Headers.RetryAfter = "1";
        return Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "Not available now", detail);
    }

    private static ProblemHttpResult Of(int status, string code, string title, string detail, string? limit = null) =>
        TypedResults.Problem(
            detail, statusCode: status, title: title, type: $"urn:ds:{code}", extensions: limit is null ? [new("code", code)] : [new("code", code), new(Limit, limit)]);
}
