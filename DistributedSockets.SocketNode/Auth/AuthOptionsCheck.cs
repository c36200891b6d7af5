// What is wrong with the settings of who may connect.
using System.Security.Cryptography;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>A part of <see cref="SocketNodeOptionsValidator"/>: each problem names its setting.</summary>
internal static class AuthOptionsCheck
{
    private const int LeastKeyBytes = 32;

    public static IEnumerable<string> Problems(AuthOptions auth, IHostEnvironment environment)
    {
        if (auth.Mode is not null && !Is(auth.Mode, AuthOptions.Anonymous) && !Is(auth.Mode, AuthOptions.Token))
        {
            yield return $"Auth:Mode is '{auth.Mode}'; it must be '{AuthOptions.Token}' or '{AuthOptions.Anonymous}'.";
            yield break;
        }

        if (!auth.UsesTokens(environment))
        {
            yield break;
        }

        string?[] sources = [auth.Authority, auth.SigningKey, auth.PublicKey];
        var count = sources.Count(source => !string.IsNullOrEmpty(source));
        if (count > 1)
        {
            yield return "Auth:Authority, Auth:SigningKey and Auth:PublicKey exclude each other.";
        }
        else if (count == 0 && !environment.IsDevelopment())
        {
            yield return auth.Mode is null
                ? $"Auth:Mode is not set. Outside Development (this is {environment.EnvironmentName}) users are known by tokens: set Auth:Audience and one of Auth:Authority, Auth:SigningKey " +
                    "and Auth:PublicKey, or ask for Auth:Mode=anonymous, which believes every user_id."
                : "Auth:Mode is token; one of Auth:Authority, Auth:SigningKey and Auth:PublicKey must say whose tokens count.";
            yield break;
        }

        if (string.IsNullOrEmpty(auth.RequiredAudience))
        {
            yield return "Auth:Audience is not set; it says which tokens are meant for this system.";
        }

        if (auth.ClockSkew < TimeSpan.Zero || auth.ClockSkew > TimeSpan.FromMinutes(5))
        {
            yield return $"Auth:ClockSkew is {auth.ClockSkew}; it must lie between 00:00:00 and 00:05:00.";
        }

        if (!string.IsNullOrEmpty(auth.Authority) && !IsAuthority(auth.Authority, environment))
        {
            yield return $"Auth:Authority is '{auth.Authority}'; it must be an https address (http only in Development).";
        }

        if (!string.IsNullOrEmpty(auth.SigningKey) && !IsSigningKey(auth.SigningKey))
        {
            yield return $"Auth:SigningKey must be base64 of at least {LeastKeyBytes} bytes.";
        }

        if (!string.IsNullOrEmpty(auth.PublicKey) && !IsPublicKey(auth.PublicKey))
        {
            yield return "Auth:PublicKey must be a public key as PEM: RSA of at least 2,048 bits, or P-256.";
        }
    }

    private static bool Is(string mode, string name) => string.Equals(mode, name, StringComparison.OrdinalIgnoreCase);

    private static bool IsAuthority(string authority, IHostEnvironment environment) =>
        Uri.TryCreate(authority, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (environment.IsDevelopment() && uri.Scheme == Uri.UriSchemeHttp));

    private static bool IsSigningKey(string key)
    {
        var bytes = new byte[key.Length];
        return Convert.TryFromBase64String(key, bytes, out var written) && written >= LeastKeyBytes;
    }

    private static bool IsPublicKey(string pem)
    {
        try
        {
            TokenRules.ReadPublicKey(pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
