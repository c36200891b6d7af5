// T19: a token that does not count opens nothing, by whichever door it comes.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Security;

public sealed class BadTokenTests
{
    private const string Challenge = "Bearer error=\"invalid_token\"";

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private static IEnumerable<(string What, string Token)> Bad
    {
        get
        {
            var good = Tokens.Of("alice");
            var parts = good.Split('.');
            return
            [
                ("expired", Tokens.Of("alice", ("exp", Now - 60))),
                ("not yet valid", Tokens.Of("alice", ("nbf", Now + 120))),
                ("for another audience", Tokens.Of("alice", ("aud", "other"))),
                ("without an audience", Tokens.Of("alice", ("aud", null))),
                ("without an end", Tokens.Of("alice", ("exp", null))),
                ("alg none", Tokens.Unsigned(Tokens.Payload("alice"))),
                ("alg none with a signature", $"{Tokens.Unsigned("{}").Split('.')[0]}.{parts[1]}.{parts[2]}"),
                ("without its signature", $"{parts[0]}.{parts[1]}."),
                ("signed with another key", Tokens.Sign("HS256", Tokens.Payload("alice"), Encoding.ASCII.GetBytes("another secret of just 32 bytes!"))),
                ("signed with no key", Tokens.Sign("HS256", Tokens.Payload("alice"), [])),
                ("another payload under its signature", $"{parts[0]}.{Tokens.Of("mallory").Split('.')[1]}.{parts[2]}"),
                ("of nobody", Tokens.Of(null)),
                ("no token", "alice"),
            ];
        }
    }

    [Fact]
    public async Task Bad_token_is_refused_before_the_upgrade_on_both_transports_and_by_the_api()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        foreach (var (what, token) in Bad)
        {
            using var plain = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", token: token);
            AssertRefused(plain, $"plain, {what}");
            using var header = await UpgradeAttempt.SendAsync(cluster[0].Uri, null, "ds.v1.json", token: token);
            AssertRefused(header, $"header, {what}");
            using var subprotocol = await UpgradeAttempt.SendAsync(cluster[0].Uri, null, $"ds.v1.json, ds.bearer.{token}");
            AssertRefused(subprotocol, $"subprotocol, {what}");
            using var stream = await SseClient.AskAsync(cluster[0].Uri, "", token);
            AssertRefused(stream, $"event stream, {what}");
            using var program = new ApiProgram(token);
            var answer = await program.AskAsync("GET", cluster[0].Uri, "users/alice");
            Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (answer.Status, answer.Text("code")));
        }

        Assert.False(cluster.Knows("alice"));
    }

    [Fact]
    public async Task Bad_token_in_a_hello_closes_the_connection_on_both_transports()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        foreach (var (what, token) in Bad)
        {
            var hello = $$"""{"type":"hello","token":"{{token}}"}""";
            await using var socket = await DsClient.OpenAsync(cluster[0].Uri, "alice");
            await socket.SendFrameAsync(hello);
            AssertUnauthenticated(await socket.NextAsync("error"), what);
            Assert.Equal(4001, await socket.WhenClosedAsync());

            await using var stream = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
            await stream.PostAsync(hello);
            AssertUnauthenticated(await stream.NextAsync("error"), what);
            Assert.Equal(4001, await stream.WhenClosedAsync());
        }

        Assert.False(cluster.Knows("alice"));
    }

    [Fact]
    public async Task Bad_token_in_band_changes_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null);
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice", ("ds.dm", false))}}"}""");
        await alice.NextAsync("welcome");
        foreach (var (what, token) in Bad)
        {
            await alice.SendFrameAsync($$"""{"type":"auth","token":"{{token}}"}""");
            AssertUnauthenticated(await alice.NextAsync("error"), what);
        }

        await alice.SendAsync("bob", "not granted before, nor now", "m-1");
        Assert.Equal("forbidden", RoomTalk.Text(await alice.NextAsync("error"), "code"));
    }

    [Fact]
    public async Task Token_that_is_revoked_ends_an_event_stream_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, Tokens.Settings);
        using var operators = new ApiProgram(Tokens.Of("operator", ("scope", "ds.api")));
        await using var alice = await SseClient.OpenAsync(cluster[0].Uri, "", Tokens.Of("alice", ("jti", "stolen")));
        await alice.PostAsync("""{"type":"hello"}""");
        await alice.NextAsync("welcome");

        Assert.Equal(HttpStatusCode.NoContent, (await operators.AskAsync("POST", cluster[1].Uri, "revocations", """{"jti":"stolen"}""")).Status);

        Assert.Equal(4010, await alice.WhenClosedAsync());
    }

    private static void AssertRefused(HttpResponseMessage answer, string what) =>
        Assert.True((answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()) == (HttpStatusCode.Unauthorized, Challenge), $"{what}: {answer.StatusCode} {answer.Headers.WwwAuthenticate}");

    private static void AssertUnauthenticated(JsonElement error, string what) => Assert.True(RoomTalk.Text(error, "code") == "unauthenticated", $"{what}: {error}");
}
