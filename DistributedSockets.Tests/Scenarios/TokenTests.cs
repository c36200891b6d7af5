// Token mode: who gets in, as whom, and for how long.
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class TokenTests
{
    private static string Expired => Tokens.Of("alice", ("exp", DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60));

    private static long Soon => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 5;

    [Fact]
    public async Task Token_in_the_header_says_who_it_is()
    {
        await using var cluster = await StartAsync();
        await using var alice = await HelloAsync(cluster, Tokens.Of("alice"));
        Assert.Equal("alice", Text(alice.Welcome, "user"));
        Assert.True(alice.Welcome.GetProperty("expires").GetInt64() > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

        await using var bob = await TestClient.ConnectAsync(cluster[0].Uri, "bob", configure: options => Authorize(options, Tokens.Of("bob")));
        await bob.SendAsync("alice", "hi");
        Assert.Equal("bob", Text(await alice.NextAsync("msg"), "from"));
    }

    [Fact]
    public async Task Token_in_the_list_of_subprotocols_is_never_echoed()
    {
        await using var cluster = await StartAsync();
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null, options => options.AddSubProtocol($"ds.bearer.{Tokens.Of("alice")}"));
        Assert.Equal("alice", Text(await WelcomeAsync(alice), "user"));

        using var plain = await UpgradeAttempt.SendAsync(cluster[0].Uri, null, $"ds.bearer.{Tokens.Of("alice")}");
        Assert.Equal(HttpStatusCode.SwitchingProtocols, plain.StatusCode);
        Assert.False(plain.Headers.Contains("Sec-WebSocket-Protocol"));
    }

    [Fact]
    public async Task Token_in_the_address_counts_only_where_that_is_allowed()
    {
        var query = $"?access_token={Tokens.Of("alice")}";
        await using var closed = await StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(closed, query));
        await using var open = await StartAsync("Auth:AllowQueryToken=true");
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await StatusAsync(open, query));

        static async Task<HttpStatusCode> StatusAsync(TestCluster cluster, string query)
        {
            using var answer = await UpgradeAttempt.SendAsync(new Uri(cluster[0].Uri, query), null);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Who_has_no_token_or_a_bad_one_is_refused_before_the_upgrade()
    {
        await using var cluster = await StartAsync();
        await RefusedAsync(HttpStatusCode.Unauthorized, "Bearer", "a token is required", token: null);
        await RefusedAsync(HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\"", "the token has expired", Expired);
        await RefusedAsync(HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\"", "the token is not signed", Tokens.Unsigned(Tokens.Payload("alice")));
        await RefusedAsync(HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\"", "the token is for another audience", Tokens.Of("alice", ("aud", "other")));

        async Task RefusedAsync(HttpStatusCode status, string challenge, string error, string? token)
        {
            using var answer = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", token: token);
            Assert.Equal((status, challenge), (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
            Assert.Contains(error, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nobody_is_another_user_than_the_token_says()
    {
        await using var cluster = await StartAsync();
        using var answer = await UpgradeAttempt.SendAsync(cluster[0].Uri, "bob", "ds.v1.json", token: Tokens.Of("alice"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);

        // The name in the address, and the user of the request's token, bind the hello too.
        await using var named = await DsClient.OpenAsync(cluster[0].Uri, "bob");
        await ClosedAsync(named, $$"""{"type":"hello","token":"{{Tokens.Of("alice")}}"}""", "forbidden", 4003);
        await using var other = await DsClient.OpenAsync(cluster[0].Uri, null, options => Authorize(options, Tokens.Of("bob")));
        await ClosedAsync(other, $$"""{"type":"hello","token":"{{Tokens.Of("alice")}}"}""", "forbidden", 4003);
        Assert.False(cluster.Knows("alice"));
        Assert.False(cluster.Knows("bob"));
    }

    [Fact]
    public async Task Hello_may_bring_the_token()
    {
        await using var cluster = await StartAsync();
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null);
        Assert.Equal("alice", Text(await WelcomeAsync(alice, Tokens.Of("alice")), "user"));

        await using var nobody = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        await ClosedAsync(nobody, """{"type":"hello"}""", "unauthenticated", 4001);
        await using var late = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        await ClosedAsync(late, $$"""{"type":"hello","token":"{{Expired}}"}""", "unauthenticated", 4001);
    }

    [Fact]
    public async Task Stolen_resume_token_without_a_token_is_worth_nothing()
    {
        await using var cluster = await StartAsync();
        await using var alice = await HelloAsync(cluster, Tokens.Of("alice"));
        var resume = $"\"resume\":\"{Text(alice.Welcome, "resume")}\",\"device\":\"{Text(alice.Welcome, "device")}\"";

        await using var bare = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        await ClosedAsync(bare, $$"""{"type":"hello",{{resume}}}""", "unauthenticated", 4001);
        await using var mallory = await DsClient.OpenAsync(cluster[0].Uri, null, options => Authorize(options, Tokens.Of("mallory")));
        await mallory.SendFrameAsync($$"""{"type":"hello",{{resume}}}""");
        var welcome = await mallory.NextAsync("welcome");
        Assert.Equal(("mallory", "expired", false), (Text(welcome, "user"), Text(welcome, "reason"), welcome.GetProperty("resumed").GetBoolean()));
    }

    [Fact]
    public async Task Connection_ends_with_its_token()
    {
        await using var cluster = await StartAsync("Auth:ClockSkew=00:00:00");
        await using var alice = await HelloAsync(cluster, Tokens.Of("alice", ("exp", Soon)));
        await using var bob = await TestClient.ConnectAsync(cluster[0].Uri, "bob", configure: options => Authorize(options, Tokens.Of("bob", ("exp", Soon))));
        await using var carol = await HelloAsync(cluster, Tokens.Of("carol"));

        Assert.Equal(4203, await alice.WhenClosedAsync());
        Assert.Equal(1008, await bob.WhenClosedAsync());
        await carol.SettleAsync();
    }

    [Fact]
    public async Task New_token_lets_the_connection_go_on_with_what_it_grants()
    {
        await using var cluster = await StartAsync("Auth:ClockSkew=00:00:00");
        await using var alice = await HelloAsync(cluster, Tokens.Of("alice", ("exp", Soon)));
        await using var carol = await HelloAsync(cluster, Tokens.Of("carol", ("exp", Soon)));
        var expires = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600;

        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice", ("exp", expires), ("ds.dm", false))}}","id":"a1"}""");
        var renewed = await alice.NextAsync("auth");
        Assert.Equal($$"""{"type":"auth","user":"alice","expires":{{expires}}000,"id":"a1"}""", renewed.GetRawText());
        await alice.SendAsync("carol", "hi", "m-1");
        Assert.Equal(("forbidden", "m-1"), await NextErrorAsync(alice));

        Assert.Equal(4203, await carol.WhenClosedAsync());
        await alice.SettleAsync();
    }

    [Fact]
    public async Task Token_that_is_not_taken_changes_nothing()
    {
        await using var cluster = await StartAsync();
        await using var alice = await HelloAsync(cluster, Tokens.Of("alice"));
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Expired}}","id":"a1"}""");
        Assert.Equal(("unauthenticated", "a1"), await NextErrorAsync(alice));
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("bob")}}","id":"a2"}""");
        Assert.Equal(("forbidden", "a2"), await NextErrorAsync(alice));
        await alice.SendFrameAsync("""{"type":"auth","id":"a3"}""");
        Assert.Equal(("bad_frame", "a3"), await NextErrorAsync(alice));
        await alice.SendAsync("alice", "still here", "m-1");
        await alice.NextAsync("ack");
    }

    [Fact]
    public async Task Who_may_not_write_to_users_still_gets_what_others_write()
    {
        await using var cluster = await StartAsync();
        await using var mute = await HelloAsync(cluster, Tokens.Of("mute", ("ds.dm", false)));
        await using var plain = await TestClient.ConnectAsync(cluster[0].Uri, "plain", configure: options => Authorize(options, Tokens.Of("plain", ("ds.dm", false))));
        await using var alice = await HelloAsync(cluster, Tokens.Of("alice"));

        await mute.SendAsync("alice", "no", "m-1");
        Assert.Equal(("forbidden", "m-1"), await NextErrorAsync(mute));
        await mute.SendFrameAsync("""{"to":"alice","body":"no"}""");
        Assert.Equal("forbidden", (await NextErrorAsync(mute)).Code);
        await mute.SendFrameAsync("""{"type":"typing","to":"alice","on":true}""");
        Assert.Equal("forbidden", (await NextErrorAsync(mute)).Code);
        await plain.SendAsync("alice", "no");

        await alice.SendAsync("mute", "you hear this", "m-2");
        Assert.Equal("you hear this", Text(await mute.NextAsync("msg"), "body"));
        await alice.SendAsync("plain", "you too", "m-3");
        Assert.Equal("you too", (await plain.NextMessageAsync()).Body);
        await alice.SettleAsync();
        Assert.Equal((0, 0), (alice.Count("msg"), alice.Count("typing")));
    }

    [Fact]
    public async Task In_anonymous_mode_there_is_nothing_to_renew()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice", hello: "\"token\":\"whatever\"");
        Assert.False(alice.Welcome.TryGetProperty("expires", out _));
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice")}}","id":"a1"}""");
        Assert.Equal(("bad_frame", "a1"), await NextErrorAsync(alice));
    }

    private static Task<TestCluster> StartAsync(params string[] settings) => TestCluster.StartAsync(nodes: 1, [.. Tokens.Settings, .. settings]);

    private static void Authorize(ClientWebSocketOptions options, string token) => options.SetRequestHeader("Authorization", $"Bearer {token}");

    private static async Task<DsClient> HelloAsync(TestCluster cluster, string token)
    {
        var client = await DsClient.OpenAsync(cluster[0].Uri, null, options => Authorize(options, token));
        await WelcomeAsync(client);
        return client;
    }

    private static async Task<JsonElement> WelcomeAsync(DsClient client, string? token = null)
    {
        await client.SendFrameAsync(token is null ? """{"type":"hello"}""" : $$"""{"type":"hello","token":"{{token}}"}""");
        return client.Welcome = await client.NextAsync("welcome");
    }

    private static async Task ClosedAsync(DsClient client, string hello, string error, int code)
    {
        await client.SendFrameAsync(hello);
        Assert.Equal(error, (await NextErrorAsync(client)).Code);
        Assert.Equal(code, await client.WhenClosedAsync());
    }

    private static async Task<(string? Code, string? Id)> NextErrorAsync(DsClient client)
    {
        var error = await client.NextAsync("error");
        return (Text(error, "code"), error.TryGetProperty("id", out var id) ? id.GetString() : null);
    }

    private static string? Text(JsonElement push, string member) => push.GetProperty(member).GetString();
}
