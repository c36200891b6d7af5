// What is revoked on one node counts on all, for who is connected and for who comes.
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RevocationTests : IDisposable
{
    private readonly HttpClient _http = new();

    private static string Admin => Tokens.Of("admin", ("scope", "ds.api"));

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Revoked_token_ends_its_connections_on_every_node_and_opens_none_any_more()
    {
        await using var cluster = await StartAsync(nodes: 2);
        var token = Tokens.Of("alice", ("jti", "t-1"));
        await using var alice = await HelloAsync(cluster[1], token);
        await using var plain = await TestClient.ConnectAsync(cluster[1].Uri, "alice", configure: options => Authorize(options, token));
        await using var other = await HelloAsync(cluster[1], Tokens.Of("alice", ("jti", "t-2")));

        Assert.Equal(HttpStatusCode.NoContent, await RevokeAsync(cluster[0], """{"jti":"t-1"}"""));

        Assert.Equal(4010, await alice.WhenClosedAsync());
        Assert.Equal(1008, await plain.WhenClosedAsync());
        await other.SettleAsync();
        using var refused = await UpgradeAttempt.SendAsync(cluster[1].Uri, "alice", token: token);
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\""), (refused.StatusCode, refused.Headers.WwwAuthenticate.ToString()));
    }

    [Fact]
    public async Task Revoked_user_is_out_until_a_token_is_issued_later()
    {
        await using var cluster = await StartAsync(nodes: 2);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await using var alice = await HelloAsync(cluster[1], Tokens.Of("alice", ("iat", now - 10)));
        await using var undated = await HelloAsync(cluster[1], Tokens.Of("alice", ("iat", null)));
        await using var later = await HelloAsync(cluster[1], Tokens.Of("alice", ("iat", now - 5)));
        await using var bob = await HelloAsync(cluster[1], Tokens.Of("bob", ("iat", now - 10)));

        Assert.Equal(HttpStatusCode.NoContent, await RevokeAsync(cluster[0], $$"""{"user":"alice","before":{{now - 5}}000}"""));

        Assert.Equal(4010, await alice.WhenClosedAsync());
        Assert.Equal(4010, await undated.WhenClosedAsync());
        await later.SettleAsync();
        await bob.SettleAsync();
    }

    [Fact]
    public async Task Hello_and_auth_with_a_revoked_token_end_the_connection()
    {
        await using var cluster = await StartAsync(nodes: 1);
        var revoked = Tokens.Of("alice", ("jti", "t-1"));
        await using var alice = await HelloAsync(cluster[0], Tokens.Of("alice", ("jti", "t-2")));
        await RevokeAsync(cluster[0], """{"jti":"t-1"}""");

        await using var late = await DsClient.OpenAsync(cluster[0].Uri, null);
        await late.SendFrameAsync($$"""{"type":"hello","token":"{{revoked}}"}""");
        Assert.Equal("unauthenticated", (await late.NextAsync("error")).GetProperty("code").GetString());
        Assert.Equal(4010, await late.WhenClosedAsync());

        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{revoked}}"}""");
        Assert.Equal("unauthenticated", (await alice.NextAsync("error")).GetProperty("code").GetString());
        Assert.Equal(4010, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Who_is_revoked_while_the_connection_is_being_opened_does_not_slip_through()
    {
        await using var cluster = await StartAsync(nodes: 1);
        var opened = cluster[0].Store.HoldAnswers("OpenAsync");
        var connecting = TestClient.ConnectAsync(cluster[0].Uri, "alice", configure: options => Authorize(options, Tokens.Of("alice", ("jti", "t-1"))));
        await opened.WhenReachedAsync();
        await RevokeAsync(cluster[0], """{"jti":"t-1"}""");
        await WhenReadAsync(cluster[0]);
        opened.Release();

        await using var alice = await connecting;
        Assert.Equal(1008, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Token_that_is_revoked_while_it_renews_another_does_not_slip_through()
    {
        await using var cluster = await StartAsync(nodes: 1);
        await using var alice = await HelloAsync(cluster[0], Tokens.Of("alice", ("jti", "t-1")));
        var looked = cluster[0].Store.HoldAnswers("AreRevokedAsync");
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice", ("jti", "t-2"))}}"}""");
        await looked.WhenReachedAsync();
        await cluster.Revocations.RevokeAsync(new Revocation.OfToken("t-2", long.MaxValue), TestContext.Current.CancellationToken);
        await WhenReadAsync(cluster[0]);
        looked.Release();

        Assert.Equal(4010, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task What_was_revoked_while_the_store_was_away_counts_when_it_is_back()
    {
        await using var cluster = await StartAsync(nodes: 1);
        await using var alice = await HelloAsync(cluster[0], Tokens.Of("alice"));
        await using var bob = await HelloAsync(cluster[0], Tokens.Of("bob"));
        cluster[0].Store.Cut();
        await cluster.Revocations.RevokeAsync(new Revocation.OfUser(new UserId("alice"), long.MaxValue), TestContext.Current.CancellationToken);
        await WhenReadAsync(cluster[0]);
        await alice.SettleAsync();
        cluster[0].Store.Restore();

        Assert.Equal(4010, await alice.WhenClosedAsync());
        await bob.SettleAsync();
    }

    [Fact]
    public async Task While_nobody_can_say_what_is_revoked_nobody_gets_in()
    {
        await using var cluster = await StartAsync(nodes: 1);
        cluster[0].Store.FailNext("AreRevokedAsync");
        using var refused = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", token: Tokens.Of("alice"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));

        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null);
        cluster[0].Store.FailNext("AreRevokedAsync");
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice")}}"}""");
        Assert.Equal("unavailable", (await alice.NextAsync("error")).GetProperty("code").GetString());
        Assert.Equal(4103, await alice.WhenClosedAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"user":"alice","jti":"t-1"}""")]
    [InlineData("""{"user":" alice"}""")]
    [InlineData("""{"user":"a\u0000"}""")]
    [InlineData("""{"user":"alice","before":"now"}""")]
    [InlineData("""{"user":"alice","before":-1}""")]
    [InlineData("""{"jti":""}""")]
    [InlineData("""{"jti":"t-1","expires":9007199254740992}""")]
    public async Task Request_that_breaks_a_rule_revokes_nothing(string body)
    {
        await using var cluster = await StartAsync(nodes: 1);

        Assert.Equal(HttpStatusCode.BadRequest, await RevokeAsync(cluster[0], body));
        Assert.Equal(0, cluster[0].Store.Count("RevokeAsync"));
    }

    [Fact]
    public async Task Only_a_token_of_the_api_revokes_and_only_where_there_are_tokens()
    {
        await using var cluster = await StartAsync(nodes: 1);
        Assert.Equal(HttpStatusCode.Unauthorized, await RevokeAsync(cluster[0], """{"user":"alice"}""", token: null));
        Assert.Equal(HttpStatusCode.Forbidden, await RevokeAsync(cluster[0], """{"user":"alice"}""", Tokens.Of("alice", ("scope", "ds.api.read"))));
        Assert.Equal(0, cluster[0].Store.Count("RevokeAsync"));
        await RevokeAsync(cluster[0], """{"user":"admin"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, await RevokeAsync(cluster[0], """{"user":"alice"}""", Tokens.Of("admin", ("scope", "ds.api"), ("iat", 1))));

        await using var anonymous = await TestCluster.StartAsync(nodes: 1);
        Assert.Equal(HttpStatusCode.NotFound, await RevokeAsync(anonymous[0], """{"user":"alice"}""", token: null));
    }

    private static Task<TestCluster> StartAsync(int nodes) => TestCluster.StartAsync(nodes, Tokens.Settings);

    /// <summary>Completes when the node has read the log from here on, or has tried to.</summary>
    private static Task WhenReadAsync(TestNode node)
    {
        var read = node.Store.Count("ReadRevocationsAsync");
        return Eventually.IsAsync(() => node.Store.Count("ReadRevocationsAsync") > read + 1, "the log was read");
    }

    private static void Authorize(ClientWebSocketOptions options, string token) => options.SetRequestHeader("Authorization", $"Bearer {token}");

    private static async Task<DsClient> HelloAsync(TestNode node, string token)
    {
        var client = await DsClient.OpenAsync(node.Uri, null, options => Authorize(options, token));
        await client.SendFrameAsync("""{"type":"hello"}""");
        client.Welcome = await client.NextAsync("welcome");
        return client;
    }

    private Task<HttpStatusCode> RevokeAsync(TestNode node, string body) => RevokeAsync(node, body, Admin);

    private async Task<HttpStatusCode> RevokeAsync(TestNode node, string body, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Uri, "/api/revocations"));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        if (response.StatusCode >= HttpStatusCode.BadRequest && response.StatusCode != HttpStatusCode.NotFound)
        {
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal($"urn:ds:{problem.RootElement.GetProperty("code").GetString()}", problem.RootElement.GetProperty("type").GetString());
        }

        return response.StatusCode;
    }
}
