// Asks a node for a token, which nodes in Development and in token mode give to programs on their machine.
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Web.Access;

/// <summary>Asks <c>POST /dev/token</c>.</summary>
internal sealed class DevelopmentTokens : IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(1.5) }) { Timeout = TimeSpan.FromSeconds(3) };

    /// <summary>Null when the node gives none or does not answer. A token of one node is worth the same on all.</summary>
    public async Task<NodeToken?> AskAsync(Uri node, string user, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.PostAsJsonAsync(new Uri(node, "/dev/token"), new DevelopmentTokenRequest(user, "ds.api"), DevelopmentTokenJson.Default.DevelopmentTokenRequest, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return null;
            }

            var token = await answer.Content.ReadFromJsonAsync(DevelopmentTokenJson.Default.DevelopmentToken, cancellationToken);
            return token is null ? null : new NodeToken(token.Token, DateTimeOffset.FromUnixTimeMilliseconds(token.Expires) - Margin);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}

internal sealed record DevelopmentTokenRequest(string Sub, string Scope);

/// <param name="Expires">Milliseconds since 1970 UTC.</param>
internal sealed record DevelopmentToken(string Token, long Expires);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DevelopmentTokenRequest))]
[JsonSerializable(typeof(DevelopmentToken))]
internal sealed partial class DevelopmentTokenJson : JsonSerializerContext;
