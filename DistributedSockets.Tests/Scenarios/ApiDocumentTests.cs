// /openapi/v1.json and the page: every request is in it, what it says is what a node does, and who may see it.
using System.Net;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class ApiDocumentTests : IDisposable
{
    private const string Document = "/openapi/v1.json";

    private readonly ApiProgram _api = new();

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Every_request_is_in_the_document_and_nothing_else_is()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Auth:Mode=token");
        var mapped = cluster[0].Routes
            .Where(route => route.RoutePattern.RawText is { } path && path.StartsWith("/api/", StringComparison.Ordinal) && !path.Contains('*') && !path.StartsWith("/api/reference", StringComparison.Ordinal))
            .SelectMany(route => Methods(route).Select(method => $"{method} {route.RoutePattern.RawText}"));

        var document = await ReadAsync(cluster[0]);

        Assert.Equal(mapped.Order(), Operations(document).Select(operation => $"{operation.Method.ToUpperInvariant()} {operation.Path}").Order());
    }

    [Fact]
    public async Task Every_request_says_what_it_takes_gives_and_refuses()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Auth:Mode=token");
        var document = await ReadAsync(cluster[0]);

        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString());
        var ids = new HashSet<string>();
        foreach (var (path, method, operation) in Operations(document))
        {
            Assert.True(ids.Add(operation.GetProperty("operationId").GetString()!), path);
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.GetProperty("description").GetString()!);
            Assert.True(operation.GetProperty("security")[0].TryGetProperty("bearer", out _), path);
            Assert.Equal(method == "post", operation.TryGetProperty("requestBody", out var body));
            var answers = operation.GetProperty("responses").EnumerateObject().ToDictionary(answer => answer.Name, answer => answer.Value);
            Assert.Empty(((string[])["401", "403", "429", "503"]).Except(answers.Keys));
            Assert.Single(answers.Keys, status => status[0] == '2');
            Assert.All(answers, answer => Assert.NotEmpty(answer.Value.GetProperty("description").GetString()!));
            var schemas = new DocumentSchemas(document);
            foreach (var (status, answer) in answers.Where(answer => answer.Key != "204"))
            {
                var (type, content) = answer.GetProperty("content").EnumerateObject().Select(content => (content.Name, content.Value)).Single();
                Assert.Equal(status[0] == '2' ? "application/json" : "application/problem+json", type);
                foreach (var example in Examples(content))
                {
                    Assert.Empty(schemas.Problems(content.GetProperty("schema"), example));
                }
            }

            if (method == "post")
            {
                var taken = body.GetProperty("content").GetProperty("application/json");
                Assert.Empty(schemas.Problems(taken.GetProperty("schema"), taken.GetProperty("example")));
            }
        }
    }

    [Theory]
    [InlineData("get", "/api/cluster", "/api/cluster", null)]
    [InlineData("get", "/api/users", "/api/users", null)]
    [InlineData("get", "/api/users", "/api/users?limit=1", null)]
    [InlineData("get", "/api/users", "/api/users?after=x", null)]
    [InlineData("get", "/api/rooms", "/api/rooms", null)]
    [InlineData("get", "/api/users/{user}", "/api/users/bob", null)]
    [InlineData("get", "/api/users/{user}", "/api/users/nobody", null)]
    [InlineData("get", "/api/users/{user}", "/api/users/%0A", null)]
    [InlineData("get", "/api/users/{user}/inbox", "/api/users/bob/inbox", null)]
    [InlineData("delete", "/api/users/{user}/inbox", "/api/users/bob/inbox", null)]
    [InlineData("post", "/api/users/{user}/disconnect", "/api/users/bob/disconnect", "{}")]
    [InlineData("post", "/api/users/{user}/disconnect", "/api/users/bob/disconnect", "[")]
    [InlineData("get", "/api/rooms/{room}", "/api/rooms/team", null)]
    [InlineData("get", "/api/rooms/{room}", "/api/rooms/none", null)]
    [InlineData("get", "/api/rooms/{room}/members", "/api/rooms/team/members", null)]
    [InlineData("get", "/api/rooms/{room}/members", "/api/rooms/team/members?limit=0", null)]
    [InlineData("get", "/api/rooms/{room}/history", "/api/rooms/team/history", null)]
    [InlineData("get", "/api/users/{user}/history", "/api/users/bob/history?peer=a", null)]
    [InlineData("get", "/api/users/{user}/history", "/api/users/bob/history", null)]
    [InlineData("put", "/api/rooms/{room}/members/{user}", "/api/rooms/team/members/carol", null)]
    [InlineData("put", "/api/rooms/{room}/members/{user}", "/api/rooms/ds.all/members/carol", null)]
    [InlineData("delete", "/api/rooms/{room}/members/{user}", "/api/rooms/team/members/carol", null)]
    [InlineData("post", "/api/messages", "/api/messages", """{"from":"a","to":"bob","body":1,"id":"m"}""")]
    [InlineData("post", "/api/messages", "/api/messages", """{"from":"a","room":"team","body":1}""")]
    [InlineData("post", "/api/messages", "/api/messages", """{"from":"a","to":"bob","body":2,"id":"used"}""")]
    [InlineData("post", "/api/messages", "/api/messages", """{"from":"a"}""")]
    [InlineData("post", "/api/messages/batch", "/api/messages/batch", """{"messages":[{"from":"a","to":"bob","body":1},{"from":"a"}]}""")]
    public async Task Answer_is_one_that_the_document_has(string method, string documented, string path, string? body)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await cluster.GreetAsync("bob", device: "phone");
        await cluster.ConnectAsync("bob");
        await _api.AskAsync("PUT", cluster[0].Uri, "rooms/team/members/bob");
        await _api.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"a","room":"team","body":{"x":1}}""");
        await _api.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"a","to":"bob","body":"hi","id":"used"}""");
        var document = await ReadAsync(cluster[0]);

        var answer = await _api.AskAsync(method.ToUpperInvariant(), cluster[0].Uri, path, body);

        var told = document.GetProperty("paths").GetProperty(documented).GetProperty(method).GetProperty("responses").GetProperty(((int)answer.Status).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (answer.Status == HttpStatusCode.NoContent)
        {
            Assert.False(told.TryGetProperty("content", out _));
            return;
        }

        var content = told.GetProperty("content").GetProperty(answer.MediaType!);
        Assert.Empty(new DocumentSchemas(document).Problems(content.GetProperty("schema"), answer.Body));
        if (answer.Body.TryGetProperty("code", out var code))
        {
            Assert.True(content.GetProperty("examples").TryGetProperty(code.GetString()!, out _), code.GetString());
        }
    }

    [Theory]
    [InlineData(false, null, 401)]
    [InlineData(false, "openid", 403)]
    [InlineData(false, "ds.api.read", 200)]
    [InlineData(true, null, 200)]
    public async Task Outside_development_it_is_for_who_may_read_the_api_unless_it_is_made_public(bool isPublic, string? scope, int status)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, [.. Tokens.Settings, "environment=Production", $"Auth:PublicReference={isPublic}"]);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        foreach (var path in (string[])[Document, "/api/reference/"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster[0].Uri, path));
            request.Headers.Authorization = scope is null ? null : new("Bearer", Tokens.Of("billing", ("scope", scope)));
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((path, status), (path, (int)answer.StatusCode));
        }
    }

    [Fact]
    public async Task Page_needs_nothing_of_another_host()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var http = new HttpClient();
        using var page = await http.GetAsync(new Uri(cluster[0].Uri, "/api"), TestContext.Current.CancellationToken);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith("default-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("//cdn.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        foreach (var script in html.Split("src=\"").Skip(1).Select(rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)]))
        {
            using var answer = await http.GetAsync(new Uri(page.RequestMessage!.RequestUri!, script), TestContext.Current.CancellationToken);
            Assert.Equal((script, HttpStatusCode.OK), (script, answer.StatusCode));
        }
    }

    private static IEnumerable<string> Methods(Microsoft.AspNetCore.Routing.RouteEndpoint route) =>
        route.Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];

    private static IEnumerable<(string Path, string Method, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from method in path.Value.EnumerateObject()
        select (path.Name, method.Name, method.Value);

    private static IEnumerable<JsonElement> Examples(JsonElement content) => content.TryGetProperty("example", out var one)
        ? [one]
        : [.. content.GetProperty("examples").EnumerateObject().Select(example => example.Value.GetProperty("value"))];

    private async Task<JsonElement> ReadAsync(TestNode node)
    {
        var answer = await _api.AskAsync("GET", node.Uri, Document);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Body;
    }
}
