// Who may connect: every setting of it.
namespace DistributedSockets.SocketNode.Auth;

/// <summary>Who may connect. In token mode one of <see cref="Authority"/>, <see cref="SigningKey"/> and <see cref="PublicKey"/> says whose tokens count; in Development it may be none.</summary>
internal sealed class AuthOptions
{
    public const string Anonymous = "anonymous";
    public const string Token = "token";
    private const string DevelopmentAudience = "development";

    /// <summary><c>anonymous</c>: <c>?user_id=</c> is believed; the default in Development. <c>token</c>: a JWT says who one is; the default elsewhere.</summary>
    public string? Mode { get; set; }

    /// <summary>An OpenID Connect issuer, whose keys are fetched and renewed.</summary>
    public string? Authority { get; set; }

    /// <summary>A symmetric key, in base64.</summary>
    public string? SigningKey { get; set; }

    /// <summary>A public key, as PEM.</summary>
    public string? PublicKey { get; set; }

    /// <summary>What <c>iss</c> must be. Empty: with an authority, that one's; else it is not looked at.</summary>
    public string? Issuer { get; set; }

    /// <summary>What <c>aud</c> must contain.</summary>
    public string? Audience { get; set; }

    /// <summary>How far the clock of whoever issues tokens may be off.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether <c>?access_token=</c> may carry the token. Addresses end up in logs and histories.</summary>
    public bool AllowQueryToken { get; set; }

    /// <summary>Whether a token without the claim <c>ds.dm</c> lets its user write to users.</summary>
    public bool DefaultDirect { get; set; } = true;

    /// <summary>Whether everybody may read the API's document and its page, outside Development too. What they tell is in the project's documentation, but it also tells that there is an API.</summary>
    public bool PublicReference { get; set; }

    /// <summary>Whether the nodes make up the key together, since nobody has said whose tokens count; in Development only.</summary>
    public bool UsesDevelopmentKey => string.IsNullOrEmpty(Authority) && string.IsNullOrEmpty(SigningKey) && string.IsNullOrEmpty(PublicKey);

    /// <summary>What tokens are checked for: with a key that was made up nobody else issues any.</summary>
    public string? RequiredAudience => string.IsNullOrEmpty(Audience) && UsesDevelopmentKey ? DevelopmentAudience : Audience;

    /// <summary>Whether tokens say who one is.</summary>
    public bool UsesTokens(IHostEnvironment environment) =>
        Mode is null ? !environment.IsDevelopment() : string.Equals(Mode, Token, StringComparison.OrdinalIgnoreCase);
}
