// A program that uses a node's API.
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>What the API answers.</summary>
/// <param name="Body">JSON's null where there is none.</param>
internal sealed record ApiAnswer(HttpStatusCode Status, JsonElement Body, string? MediaType)
{
    public string? Text(string field) => Body.GetProperty(field).GetString();

    public long Number(string field) => Body.GetProperty(field).GetInt64();
}

/// <summary>A program that uses a node's API.</summary>
internal sealed class ApiProgram(string? token = null) : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    /// <summary>For answers that need not be JSON.</summary>
    public async Task<HttpStatusCode> StatusAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    /// <param name="path">Behind <c>/api</c>; or a whole one.</param>
    /// <param name="body">JSON; null for none.</param>
    public async Task<ApiAnswer> AskAsync(string method, Uri node, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(node, path.StartsWith('/') ? path : $"/api/{path}"));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(text.Length > 0 ? text : "null");
        return new ApiAnswer(response.StatusCode, answer.RootElement.Clone(), response.Content.Headers.ContentType?.MediaType);
    }
}
