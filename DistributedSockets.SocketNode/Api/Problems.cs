// What the API answers when it can't do what it was asked for (RFC 9457).
using Microsoft.AspNetCore.Http.HttpResults;

namespace DistributedSockets.SocketNode.Api;

internal static class Problems
{
    public static ProblemHttpResult Forbidden(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);

    /// <summary>The store is away: worth trying again.</summary>
    public static ProblemHttpResult Unavailable(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem("Redis does not answer; try again later", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
