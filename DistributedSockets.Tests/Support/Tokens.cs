// Tokens as issuers make them, and as forgers do.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>Makes tokens without the library that verifies them, so that anything can be wrong with one.</summary>
internal static class Tokens
{
    public const string Audience = "chat";

    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("a secret of the tests, 32 bytes!");

    public static string SigningKey => Convert.ToBase64String(Secret);

    /// <summary>Settings of a node that takes these tokens.</summary>
    public static string[] Settings => ["Auth:Mode=token", $"Auth:SigningKey={SigningKey}", $"Auth:Audience={Audience}"];

    /// <summary>A good token of a user.</summary>
    /// <param name="claims">Further claims, or others in place of the usual; null takes one out.</param>
    public static string Of(string? user, params (string Name, object? Value)[] claims) => Sign("HS256", Payload(user, claims), Secret);

    public static string Payload(string? user, params (string Name, object? Value)[] claims)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var payload = new Dictionary<string, object?> { ["sub"] = user, ["aud"] = Audience, ["iat"] = now, ["exp"] = now + 3600 };
        foreach (var (name, value) in claims)
        {
            payload[name] = value;
        }

        return JsonSerializer.Serialize(payload.Where(claim => claim.Value is not null).ToDictionary());
    }

    /// <summary>Signed with an HMAC over any bytes.</summary>
    public static string Sign(string algorithm, string payload, byte[] secret) => Sign(algorithm, payload, input => HMACSHA256.HashData(secret, input));

    public static string Sign(string algorithm, string payload, RSA key) =>
        Sign(algorithm, payload, input => key.SignData(input, HashAlgorithmName.SHA256, algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1));

    public static string Sign(string algorithm, string payload, ECDsa key) => Sign(algorithm, payload, input => key.SignData(input, HashAlgorithmName.SHA256));

    public static string Unsigned(string payload) => Sign("none", payload, _ => []);

    private static string Sign(string algorithm, string payload, Func<byte[], byte[]> sign)
    {
        var input = $"{Encode($$"""{"alg":"{{algorithm}}","typ":"JWT"}""")}.{Encode(payload)}";
        return $"{input}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
