// Verifies a token, wherever it came from.
using DistributedSockets.Protocol;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>
/// Verifies a token by the rules of <see cref="JwtBearerOptions"/>. One way for all of them: the request of a WebSocket is over before its hello is read, and a frame never
/// had one, so the handler of requests would do for some only.
/// </summary>
internal sealed partial class TokenVerifier(
    IOptions<JwtBearerOptions> bearer, IDevelopmentKey developmentKey, IOptions<SocketNodeOptions> options, ILogger<TokenVerifier> logger)
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public async Task<Verdict> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > CommandReader.MaxToken)
        {
            return new Verdict(TokenFault.Invalid, $"the token is longer than {CommandReader.MaxToken} characters");
        }

        if (await RulesAsync(cancellationToken) is not { } rules)
        {
            return new Verdict(TokenFault.Unavailable, "the keys of tokens are not known now; try again later");
        }

        var result = await _handler.ValidateTokenAsync(token, rules);
        if (!result.IsValid)
        {
            return new Verdict(TokenFault.Invalid, Reason(result.Exception));
        }

        var verified = (JsonWebToken)result.SecurityToken;
        return TokenClaims.Read(
            Base64UrlEncoder.DecodeBytes(verified.EncodedPayload), new DateTimeOffset(verified.ValidTo, TimeSpan.Zero).ToUnixTimeMilliseconds(), options.Value.Auth.DefaultDirect);
    }

    /// <summary>Null while the keys are not known.</summary>
    private async Task<TokenValidationParameters?> RulesAsync(CancellationToken cancellationToken)
    {
        var rules = bearer.Value.TokenValidationParameters;
        if (options.Value.Auth.UsesDevelopmentKey)
        {
            return await DevelopmentRulesAsync(rules.Clone(), cancellationToken);
        }

        if (bearer.Value.ConfigurationManager is not BaseConfigurationManager authority)
        {
            return rules;
        }

        try
        {
            await authority.GetBaseConfigurationAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogNoKeys(exception);
            return null;
        }

        rules = rules.Clone();
        rules.ConfigurationManager = authority;
        return rules;
    }

    private async Task<TokenValidationParameters?> DevelopmentRulesAsync(TokenValidationParameters rules, CancellationToken cancellationToken)
    {
        try
        {
            (rules.IssuerSigningKey, rules.ValidAlgorithms) = TokenRules.Symmetrical(await developmentKey.ReadAsync(cancellationToken));
            return rules;
        }
        catch (AuthStoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>In words of our own: those of the library may hold parts of the token.</summary>
    private static string Reason(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => "the token has expired",
        SecurityTokenNotYetValidException => "the token is not valid yet",
        SecurityTokenNoExpirationException => "the token has no exp",
        SecurityTokenInvalidAudienceException => "the token is for another audience",
        SecurityTokenInvalidIssuerException => "the token is of another issuer",
        SecurityTokenInvalidAlgorithmException or SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException =>
            "the token is not signed, or not with a key and an algorithm that count here",
        _ => "the token is not valid",
    };

    [LoggerMessage(8001, LogLevel.Warning, "The keys of Auth:Authority could not be fetched")]
    private partial void LogNoKeys(Exception exception);
}
