// Speaks HTTP with the nodes: the only place where it is done.
using DistributedSockets.Web.Access;

namespace DistributedSockets.Web.Cluster;

/// <summary>
/// Speaks HTTP with the nodes. The client is its own and has no resilience handler: a look every two seconds wants to know
/// that a node did not answer, and not whether it does so at the third attempt.
/// </summary>
internal sealed class NodeHttp(NodeTokens tokens) : IDisposable
{
    private readonly HttpClient _http = new(new NodeTokenHandler(tokens, new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(1.5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),

        // The nodes are neighbours: a proxy that the environment names for the world outside can't reach them.
        UseProxy = false,
    }))
    {
        Timeout = TimeSpan.FromSeconds(3),
        MaxResponseContentBufferSize = 1024 * 1024,
    };

    /// <summary>Never throws for what a node does or fails to do: that is the answer.</summary>
    public async Task<NodeStatus> AskAsync(NodeAddress node, CancellationToken cancellationToken)
    {
        try
        {
            using var health = await _http.GetAsync(new Uri(node.Url, "/health"), cancellationToken);
            using var info = await _http.GetAsync(new Uri(node.Url, "/info"), cancellationToken);
            var (state, detail) = NodeAnswers.ReadHealth(health.StatusCode, await health.Content.ReadAsByteArrayAsync(cancellationToken));
            return new NodeStatus(node, state, detail, NodeAnswers.ReadInfo(await info.Content.ReadAsByteArrayAsync(cancellationToken)));
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellationToken))
        {
            return new NodeStatus(node, NodeHealth.Unreachable, NodeTrouble.DidNotAnswer(node, exception), Info: null);
        }
    }

    /// <summary>The answer, whatever it says. Throws what <see cref="IsNoAnswer"/> knows when there is none.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _http.SendAsync(request, cancellationToken);

    public static bool IsNoAnswer(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    public void Dispose() => _http.Dispose();
}
