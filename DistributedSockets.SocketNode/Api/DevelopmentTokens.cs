// POST /dev/token: a token for any user, in Development only.
using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DistributedSockets.SocketNode.Api;

/// <summary>
/// Issues tokens to programs on this machine, signed with the key that the nodes have made up: so that token mode can be tried without an issuer. To everybody else it does
/// not exist.
/// </summary>
internal static class DevelopmentTokens
{
    private const int MaxBytes = 4096;
    private const int MaxSeconds = 86_400;

    private static readonly Dictionary<string, string> AllRooms = new() { ["*"] = "rw" };

    public static void MapDevelopmentTokens(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var environment = services.GetRequiredService<IHostEnvironment>();
        var auth = services.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Auth;
        if (environment.IsDevelopment() && auth.UsesTokens(environment) && auth.UsesDevelopmentKey)
        {
            endpoints.MapPost("/dev/token", IssueAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBytes));
        }
    }

    private static async Task<IResult> IssueAsync(
        HttpContext context, LocalCallers local, Origins origins, IDevelopmentKey key, IOptions<SocketNodeOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (local.WhyRefused(context) is not null || !origins.Allow(context.Request) || !context.Request.HasJsonContentType())
        {
            return TypedResults.NotFound();
        }

        try
        {
            var body = await context.Request.ReadFromJsonAsync(DevelopmentTokenJson.Default.DevelopmentTokenRequest, cancellationToken);
            if (IdRules.Problem(body?.Sub, "sub") is { } problem)
            {
                return Problems.BadRequest(problem);
            }

            if (body!.Seconds is < 1 or > MaxSeconds)
            {
                return Problems.BadRequest($"'seconds' must be an integer from 1 to {MaxSeconds}");
            }

            var now = time.GetUtcNow();
            var expires = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() + body.Seconds);
            var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
            {
                Claims = ClaimsOf(body),
                Audience = options.Value.Auth.RequiredAudience,
                Issuer = options.Value.Auth.Issuer,
                IssuedAt = now.UtcDateTime,
                Expires = expires.UtcDateTime,
                SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(await key.ReadAsync(cancellationToken)), SecurityAlgorithms.HmacSha256),
            });
            return TypedResults.Json(new DevelopmentToken(token, expires.ToUnixTimeMilliseconds()), DevelopmentTokenJson.Default.DevelopmentToken);
        }
        catch (JsonException)
        {
            return Problems.BadRequest("the body must be an object such as {\"sub\":\"alice\"}");
        }
        catch (AuthStoreUnavailableException)
        {
            return Problems.Unavailable(context);
        }
    }

    private static Dictionary<string, object> ClaimsOf(DevelopmentTokenRequest body)
    {
        var claims = new Dictionary<string, object> { ["sub"] = body.Sub!, ["jti"] = Guid.NewGuid().ToString("N"), [TokenClaims.Direct] = body.Dm, [TokenClaims.Rooms] = body.Rooms ?? AllRooms };
        if (!string.IsNullOrEmpty(body.Scope))
        {
            claims[TokenClaims.Scope] = body.Scope;
        }

        return claims;
    }
}

/// <summary>What a token is to say.</summary>
internal sealed record DevelopmentTokenRequest(string? Sub, string? Scope, Dictionary<string, string>? Rooms, bool Dm = true, int Seconds = 3600);

/// <param name="Expires">Milliseconds since 1970 UTC.</param>
internal sealed record DevelopmentToken(string Token, long Expires);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DevelopmentTokenRequest))]
[JsonSerializable(typeof(DevelopmentToken))]
internal sealed partial class DevelopmentTokenJson : JsonSerializerContext;
