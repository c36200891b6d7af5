// The token with which the dashboard goes to the nodes.
namespace DistributedSockets.Web.Access;

/// <param name="Until">When to ask for the next.</param>
internal sealed record NodeToken(string? Value, DateTimeOffset Until);

/// <summary>
/// Where nodes take tokens, the dashboard has one of its own, with the scope <c>ds.api</c>: <c>Dashboard:Token</c>, which somebody's issuer has made, or one that it signs itself
/// with the nodes' <c>Auth:SigningKey</c>, or in Development one of a node's <c>/dev/token</c>. Where none of these is there it goes without: nodes in anonymous mode want none.
/// </summary>
internal sealed class NodeTokens(IConfiguration configuration, IHostEnvironment environment, TimeProvider time) : IDisposable
{
    // The user of the dashboard's requests, as the nodes count and log them.
    private const string User = "ds.dashboard";

    // A node may come up in another mode.
    private static readonly TimeSpan NoneLifetime = TimeSpan.FromSeconds(5);

    private readonly TokenSigner? _signer = TokenSigner.Read(configuration, time);
    private readonly DevelopmentTokens _development = new();
    private NodeToken? _token;

    /// <summary>Null where none is needed, or none can be had.</summary>
    /// <param name="node">The node that is about to be asked.</param>
    public async Task<string?> ReadAsync(Uri node, CancellationToken cancellationToken)
    {
        // Read anew each time: who rotates it writes it into a file that the configuration watches.
        if (configuration["Dashboard:Token"] is { Length: > 0 } configured)
        {
            return configured;
        }

        var token = Volatile.Read(ref _token);
        if (token is null || token.Until <= time.GetUtcNow())
        {
            token = _signer?.Sign(User)
                ?? (environment.IsDevelopment() ? await _development.AskAsync(node, User, cancellationToken) : null)
                ?? new NodeToken(null, time.GetUtcNow() + NoneLifetime);
            Volatile.Write(ref _token, token);
        }

        return token.Value;
    }

    /// <summary>A node did not take the token: the next one is another.</summary>
    public void Forget() => Volatile.Write(ref _token, null);

    public void Dispose() => _development.Dispose();
}
