// Signs tokens with the nodes' own symmetric key.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Web.Access;

/// <summary>
/// <c>Auth:SigningKey</c>, <c>Auth:Audience</c> and <c>Auth:Issuer</c> as the nodes have them: with the AppHost's environment they reach both.
/// </summary>
internal sealed class TokenSigner(byte[] key, string? audience, string? issuer, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    // Clocks differ, and a token is under way for a while.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    /// <summary>Null where no key is configured.</summary>
    /// <exception cref="InvalidOperationException">The key is none; the message says so.</exception>
    public static TokenSigner? Read(IConfiguration configuration, TimeProvider time)
    {
        if (configuration["Auth:SigningKey"] is not { Length: > 0 } text)
        {
            return null;
        }

        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) && length >= 32
            ? new TokenSigner(key[..length], configuration["Auth:Audience"], configuration["Auth:Issuer"], time)
            : throw new InvalidOperationException("Auth:SigningKey must be at least 32 bytes in base64, the same as the nodes'.");
    }

    public NodeToken Sign(string user)
    {
        var now = time.GetUtcNow();
        var end = now + Lifetime;
        var claims = new TokenPayload(user, "ds.api", audience, issuer, now.ToUnixTimeSeconds(), end.ToUnixTimeSeconds(), Guid.NewGuid().ToString("N"));
        var input = $"{Header}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims, TokenJson.Default.TokenPayload))}";
        return new NodeToken($"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(input)))}", end - Margin);
    }
}

/// <summary>The claims of a token, by their names on the wire.</summary>
internal sealed record TokenPayload(string Sub, string Scope, string? Aud, string? Iss, long Iat, long Exp, string Jti);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenPayload))]
internal sealed partial class TokenJson : JsonSerializerContext;
