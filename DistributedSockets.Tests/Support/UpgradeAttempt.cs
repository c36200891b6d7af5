// A request for a WebSocket whose refusal can be read.
namespace DistributedSockets.Tests.Support;

/// <summary>A request for a WebSocket whose refusal can be read: a WebSocket client only tells that it failed.</summary>
internal static class UpgradeAttempt
{
    private static readonly HttpClient Http = new() { Timeout = TestClient.Patience };

    public static async Task<HttpResponseMessage> SendAsync(Uri node, string? user, string? subprotocols = null, string? origin = null, string? token = null, string? from = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(TestClient.Address(node, user)) { Scheme = "http" }.Uri);
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        if (subprotocols is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", subprotocols);
        }

        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        if (from is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", from);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
