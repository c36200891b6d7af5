// With what the dashboard goes to the nodes: real ones, in each of their modes.
using System.Net;
using DistributedSockets.Tests.Support;
using DistributedSockets.Web.Access;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Web;

public sealed class AccessTokenTests
{
    [Fact]
    public async Task With_the_nodes_signing_key_it_makes_tokens_that_they_take()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(cluster[0].Uri, Environments.Production, ("Auth:SigningKey", Tokens.SigningKey), ("Auth:Audience", Tokens.Audience)));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(cluster[0].Uri, Environments.Production, ("Auth:SigningKey", Tokens.SigningKey), ("Auth:Audience", "others")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(cluster[0].Uri, Environments.Production));
    }

    [Fact]
    public async Task A_configured_token_goes_before_all_others()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(cluster[0].Uri, Environments.Production, ("Dashboard:Token", Tokens.Of("dashboard", ("scope", "ds.api")))));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(cluster[0].Uri, Environments.Production, ("Dashboard:Token", Tokens.Of("dashboard")), ("Auth:SigningKey", Tokens.SigningKey)));
    }

    [Fact]
    public async Task In_Development_the_nodes_issue_it()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Auth:Mode=token");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(cluster[0].Uri, Environments.Development));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(cluster[0].Uri, Environments.Production));
    }

    [Fact]
    public async Task Nodes_in_anonymous_mode_are_asked_without()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var tokens = Read(Environments.Development);

        Assert.Null(await tokens.ReadAsync(cluster[0].Uri, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(cluster[0].Uri, Environments.Development));
    }

    [Fact]
    public async Task A_node_that_does_not_answer_gives_no_token_and_no_fault()
    {
        using var tokens = Read(Environments.Development);
        Assert.Null(await tokens.ReadAsync(new Uri("http://127.0.0.1:1"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_token_is_used_until_it_is_about_to_end_or_was_refused()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var tokens = Read(Environments.Production, time, ("Auth:SigningKey", Tokens.SigningKey));
        var first = await ReadAsync(tokens);
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(first, await ReadAsync(tokens));
        time.Advance(TimeSpan.FromMinutes(2));
        var second = await ReadAsync(tokens);
        Assert.NotEqual(first, second);

        tokens.Forget();

        Assert.NotEqual(second, await ReadAsync(tokens));
    }

    [Fact]
    public void A_signing_key_that_is_none_is_told_at_start() =>
        Assert.Contains("Auth:SigningKey", Assert.Throws<InvalidOperationException>(() => Read(Environments.Production, ("Auth:SigningKey", "c2hvcnQ="))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Only_requests_to_the_API_carry_the_token()
    {
        var seen = new List<(string Path, string? Token)>();
        using var tokens = Read(Environments.Production, ("Dashboard:Token", "secret"));
        using var http = new HttpClient(new NodeTokenHandler(tokens, new Recorder(seen)));
        foreach (var path in (string[])["/health", "/info", "/api/cluster"])
        {
            (await http.GetAsync(new Uri($"http://node{path}"), TestContext.Current.CancellationToken)).Dispose();
        }

        Assert.Equal([("/health", null), ("/info", null), ("/api/cluster", "Bearer secret")], seen);
    }

    private static async Task<HttpStatusCode> AskAsync(Uri node, string environment, params (string Key, string? Value)[] settings)
    {
        using var tokens = Read(environment, settings);
        using var http = new HttpClient(new NodeTokenHandler(tokens, new SocketsHttpHandler()));
        using var answer = await http.GetAsync(new Uri(node, "/api/cluster"), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static Task<string?> ReadAsync(NodeTokens tokens) => tokens.ReadAsync(new Uri("http://127.0.0.1:1"), TestContext.Current.CancellationToken);

    private static NodeTokens Read(string environment, params (string Key, string? Value)[] settings) => Read(environment, TimeProvider.System, settings);

    private static NodeTokens Read(string environment, TimeProvider time, params (string Key, string? Value)[] settings) => new(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build(),
        new HostingEnvironment { EnvironmentName = environment },
        time);

    private sealed class Recorder(List<(string Path, string? Token)> seen) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            seen.Add((request.RequestUri!.AbsolutePath, request.Headers.Authorization?.ToString()));
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
