// Whose tokens count: the key, the algorithms that fit it, issuer, audience and times.
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Sets up what a token is verified by. JwtBearer fetches the keys of an authority, and renews them.</summary>
internal sealed class TokenRules(IOptions<SocketNodeOptions> options, IHostEnvironment environment, TimeProvider time) : IConfigureOptions<JwtBearerOptions>
{
    private static readonly TimeSpan AuthorityTimeout = TimeSpan.FromSeconds(5);

    // An algorithm is pinned by the kind of key: a public key, which everybody knows, must never be taken for the secret of an HMAC.
    private static readonly string[] Symmetric = [SecurityAlgorithms.HmacSha256, SecurityAlgorithms.HmacSha384, SecurityAlgorithms.HmacSha512];
    private static readonly string[] Rsa = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256];
    private static readonly string[] Elliptic = [SecurityAlgorithms.EcdsaSha256];

    public void Configure(JwtBearerOptions bearer)
    {
        var auth = options.Value.Auth;
        bearer.Authority = auth.Authority;
        bearer.Audience = auth.RequiredAudience;
        bearer.RequireHttpsMetadata = !environment.IsDevelopment();
        bearer.BackchannelTimeout = AuthorityTimeout;

        var rules = bearer.TokenValidationParameters;
        rules.RequireSignedTokens = true;
        rules.ValidateIssuerSigningKey = true;
        rules.ValidateAudience = true;
        rules.ValidIssuer = auth.Issuer;
        rules.ValidateIssuer = !string.IsNullOrEmpty(auth.Issuer) || !string.IsNullOrEmpty(auth.Authority);
        rules.LifetimeValidator = (notBefore, expires, _, _) => IsOfNow(notBefore, expires, auth.ClockSkew);
        (rules.IssuerSigningKey, rules.ValidAlgorithms) = Key(auth);
    }

    /// <summary>The key of a PEM; throws where it is none.</summary>
    public static (SecurityKey Key, string[] Algorithms) ReadPublicKey(string pem)
    {
        if (IsElliptic(pem))
        {
            var curve = ECDsa.Create();
            curve.ImportFromPem(pem);
            return curve.KeySize == 256 ? (new ECDsaSecurityKey(curve), Elliptic) : throw new ArgumentException("an elliptic curve must be P-256", nameof(pem));
        }

        var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return rsa.KeySize >= 2048 ? (new RsaSecurityKey(rsa), Rsa) : throw new ArgumentException("a key of RSA must have 2,048 bits", nameof(pem));
    }

    /// <summary>The rules for a symmetric key.</summary>
    public static (SecurityKey Key, string[] Algorithms) Symmetrical(byte[] key) => (new SymmetricSecurityKey(key), Symmetric);

    private static (SecurityKey? Key, string[] Algorithms) Key(AuthOptions auth) =>
        !string.IsNullOrEmpty(auth.SigningKey) ? Symmetrical(Convert.FromBase64String(auth.SigningKey))
        : !string.IsNullOrEmpty(auth.PublicKey) ? ReadPublicKey(auth.PublicKey)
        : (null, [.. Rsa, .. Elliptic]);

    private static bool IsElliptic(string pem)
    {
        using var curve = ECDsa.Create();
        try
        {
            curve.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>By the node's own clock. What is thrown names what is wrong.</summary>
    private bool IsOfNow(DateTime? notBefore, DateTime? expires, TimeSpan skew)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is null)
        {
            throw new SecurityTokenNoExpirationException();
        }

        if (expires <= now - skew)
        {
            throw new SecurityTokenExpiredException();
        }

        return notBefore is null || notBefore <= now + skew ? true : throw new SecurityTokenNotYetValidException();
    }
}
