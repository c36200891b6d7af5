// Puts the dashboard's token on its requests to the nodes' API.
using System.Net;
using System.Net.Http.Headers;

namespace DistributedSockets.Web.Access;

/// <summary>Requests to <c>/api</c> carry the dashboard's token; others (<c>/health</c>, <c>/info</c>) are open and go without.</summary>
internal sealed class NodeTokenHandler(NodeTokens tokens, HttpMessageHandler next) : DelegatingHandler(next)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { } address || !address.AbsolutePath.StartsWith("/api", StringComparison.Ordinal))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        if (await tokens.ReadAsync(address, cancellationToken) is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        var answer = await base.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            // Nodes that lost their made-up key, or changed their mode: the next request asks anew.
            tokens.Forget();
        }

        return answer;
    }
}
