// Who somebody is: by user_id in anonymous mode, by a token else.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Says who somebody is.</summary>
internal sealed class Authenticator(TokenVerifier verifier, IRevocations revocations, IOptions<SocketNodeOptions> options, IHostEnvironment environment)
{
    /// <summary>A subprotocol that carries a token, no profile: it alone counts as none offered.</summary>
    public const string BearerSubprotocol = "ds.bearer.";

    private const string Scheme = "Bearer ";
    private static readonly Verdict Missing = new(TokenFault.Missing, "a token is required: Authorization: Bearer, the subprotocol ds.bearer.<token>, or in the hello of ds.v1.json");

    public bool UsesTokens { get; } = options.Value.Auth.UsesTokens(environment);

    /// <summary>Who asks for a WebSocket.</summary>
    /// <param name="named">The user in the address, if there is one; there always is in anonymous mode.</param>
    public Task<Verdict> IdentifyAsync(HttpContext context, UserId? named, CancellationToken cancellationToken) =>
        !UsesTokens ? Task.FromResult(new Verdict(new Identity(named!.Value, Grants.Anonymous)))
        : (HeaderToken(context.Request) ?? SubprotocolToken(context) ?? QueryToken(context.Request)) is { } token ? VerifyAsync(token, named, cancellationToken)
        : Task.FromResult(Missing);

    /// <summary>Who says hello.</summary>
    /// <param name="named">The user in the address of the request, if there was one.</param>
    /// <param name="identity">Who the request was from, if it had a token.</param>
    public Task<Verdict> IdentifyAsync(HelloFrame hello, UserId? named, Identity? identity, CancellationToken cancellationToken) =>
        UsesTokens && hello.Token is { } token ? VerifyAsync(token, identity?.User ?? named, cancellationToken)
        : Task.FromResult(identity is null ? Missing : new Verdict(identity));

    /// <summary>Whose token it is.</summary>
    /// <param name="expected">Whose it must be; null for anybody's.</param>
    public async Task<Verdict> VerifyAsync(string token, UserId? expected, CancellationToken cancellationToken)
    {
        var verdict = await verifier.VerifyAsync(token, cancellationToken);
        return !verdict.IsGood(out var identity) ? verdict
            : expected is { } user && user != identity.User ? new Verdict(TokenFault.Forbidden, "the token is of another user")
            : await LookUpAsync(identity, cancellationToken);
    }

    /// <summary>Whether a token that was good has been revoked since. What is connected asks once it is in the table: what is revoked later finds it there.</summary>
    public Task<Verdict> LookUpAgainAsync(Identity identity, CancellationToken cancellationToken) =>
        UsesTokens ? LookUpAsync(identity, cancellationToken) : Task.FromResult(new Verdict(identity));

    /// <summary>The token of a request to the API, which may have it in one place only.</summary>
    public static string? HeaderToken(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    private async Task<Verdict> LookUpAsync(Identity identity, CancellationToken cancellationToken)
    {
        try
        {
            var revoked = await revocations.AreRevokedAsync([identity], cancellationToken);
            return revoked[0] ? new Verdict(TokenFault.Revoked, "the token or the user was revoked") : new Verdict(identity);
        }
        catch (AuthStoreUnavailableException)
        {
            return new Verdict(TokenFault.Unavailable, "Redis does not answer; try again later");
        }
    }

    private static string? SubprotocolToken(HttpContext context) =>
        context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(protocol => protocol.StartsWith(BearerSubprotocol, StringComparison.Ordinal))?[BearerSubprotocol.Length..];

    private string? QueryToken(HttpRequest request) => options.Value.Auth.AllowQueryToken ? request.Query["access_token"].FirstOrDefault() : null;
}
