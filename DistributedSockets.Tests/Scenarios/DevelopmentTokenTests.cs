// POST /dev/token: for programs on this machine, in Development, where the nodes have made up the key.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class DevelopmentTokenTests : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Token_of_one_node_counts_on_another()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Auth:Mode=token");
        using var answer = await AskAsync(cluster[0], """{"sub":"al\u00edce","seconds":60}""");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var token = body.RootElement.GetProperty("token").GetString()!;
        var expires = body.RootElement.GetProperty("expires").GetInt64();

        await using var alice = await DsClient.OpenAsync(cluster[1].Uri, null);
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{token}}"}""");
        var welcome = await alice.NextAsync("welcome");
        Assert.Equal(("alíce", expires), (welcome.GetProperty("user").GetString(), welcome.GetProperty("expires").GetInt64()));
        Assert.InRange(expires - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1, 60_000);
        Assert.Equal(HttpStatusCode.Forbidden, await ReadClusterAsync(cluster[1], token));
    }

    [Fact]
    public async Task Token_may_open_the_api()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Auth:Mode=token");
        using var answer = await AskAsync(cluster[0], """{"sub":"billing","dm":false,"scope":"ds.api.read"}""");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.OK, await ReadClusterAsync(cluster[0], body.RootElement.GetProperty("token").GetString()!));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadClusterAsync(cluster[0], Tokens.Of("billing", ("scope", "ds.api"))));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"sub":" a"}""")]
    [InlineData("""{"sub":"alice","seconds":0}""")]
    [InlineData("""{"sub":"alice","seconds":86401}""")]
    [InlineData("not json")]
    public async Task Request_that_breaks_a_rule_gets_none(string body)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Auth:Mode=token");
        using var answer = await AskAsync(cluster[0], body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task To_everybody_else_it_does_not_exist()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Auth:Mode=token");
        await MissingAsync(cluster[0], request => request.Headers.Add("X-Forwarded-For", "10.0.0.7"));
        await MissingAsync(cluster[0], request => request.Headers.Add("Origin", "https://evil.example"));
        await MissingAsync(cluster[0], request => request.Content = new StringContent("""{"sub":"alice"}""", Encoding.UTF8, "text/plain"));
        await MissingAsync(cluster[0], request => request.Headers.Host = "rebound.example");

        await using var configured = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        await MissingAsync(configured[0], _ => { });
        await using var anonymous = await TestCluster.StartAsync(nodes: 1);
        await MissingAsync(anonymous[0], _ => { });
        await using var production = await TestCluster.StartAsync(nodes: 1, [.. Tokens.Settings, "environment=Production"]);
        await MissingAsync(production[0], _ => { });

        async Task MissingAsync(TestNode node, Action<HttpRequestMessage> change)
        {
            using var answer = await AskAsync(node, """{"sub":"alice"}""", change);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(TestNode node, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Uri, "/dev/token"));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        change?.Invoke(request);
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private async Task<HttpStatusCode> ReadClusterAsync(TestNode node, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Uri, "/api/cluster"));
        request.Headers.Add("Authorization", $"Bearer {token}");
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
