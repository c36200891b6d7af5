// POST /api/revocations: a token, or all of a user's that were issued before a time, count no more.
using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Api;

internal static class RevocationsApi
{
    private const long MaxTime = (1L << 53) - 1;

    /// <summary>How long a token is remembered whose end is not told.</summary>
    private static readonly TimeSpan DefaultLife = TimeSpan.FromDays(30);

    /// <summary>Only where there are tokens.</summary>
    public static void MapRevocations(this IEndpointRouteBuilder api)
    {
        var options = api.ServiceProvider.GetRequiredService<IOptions<SocketNodeOptions>>().Value;
        if (options.Auth.UsesTokens(api.ServiceProvider.GetRequiredService<IHostEnvironment>()))
        {
            api.MapPost("/revocations", RevokeAsync)
                .Describe("revoke", "Tokens", "Revokes tokens",
                    "One by its jti, or all of a user's that were issued before a time. Connections that came with one are closed within a second. What is revoked stays so; may be repeated.")
                .Takes<RevocationBody>("""{"user":"bob"}""")
                .Gives(204, "Stored");
        }
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext context, IRevocations revocations, IOptions<SocketNodeOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        var read = await ApiBody.ReadAsync(context, options.Value.Limits.ApiBytes, LimitNames.ApiBytes, isOptional: false, cancellationToken);
        if (read.Problem is { } unread)
        {
            return unread;
        }

        try
        {
            if (Read(read.Object.Deserialize(RevocationJson.Default.RevocationBody), time.GetUtcNow(), out var problem) is not { } revocation)
            {
                return Problems.BadRequest(problem);
            }

            await revocations.RevokeAsync(revocation, cancellationToken);
            return TypedResults.NoContent();
        }
        catch (JsonException)
        {
            return Problems.BadRequest("the body must be an object such as {\"user\":\"bob\"} or {\"jti\":\"…\"}; times are integers, milliseconds since 1970");
        }
        catch (AuthStoreUnavailableException)
        {
            return Problems.Unavailable(context);
        }
    }

    private static Revocation? Read(RevocationBody? body, DateTimeOffset now, out string problem)
    {
        switch (body)
        {
            case { User: { } user, Jti: null }:
                var before = body.Before ?? now.ToUnixTimeMilliseconds();
                problem = IdRules.Problem(user, "user") ?? TimeProblem(before, "before") ?? "";
                return problem.Length == 0 ? new Revocation.OfUser(new UserId(user), before) : null;
            case { Jti: { } id, User: null }:
                var expires = body.Expires ?? (now + DefaultLife).ToUnixTimeMilliseconds();
                problem = TokenIdProblem(id) ?? TimeProblem(expires, "expires") ?? "";
                return problem.Length == 0 ? new Revocation.OfToken(id, expires) : null;
            default:
                problem = "either 'user' or 'jti' is required";
                return null;
        }
    }

    private static string? TokenIdProblem(string id) =>
        id.Length == 0 || id.EnumerateRunes().Count() > TokenClaims.MaxTokenId ? $"'jti' must have 1 to {TokenClaims.MaxTokenId} characters" : null;

    private static string? TimeProblem(long time, string name) => time is >= 0 and <= MaxTime ? null : $"'{name}' is no time: milliseconds since 1970";
}

/// <param name="Expires">When the token can be forgotten.</param>
/// <param name="Before">Before when a token of the user must have been issued.</param>
[OmitsNulls]
internal sealed record RevocationBody(string? Jti, long? Expires, string? User, long? Before);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RevocationBody))]
internal sealed partial class RevocationJson : JsonSerializerContext;
