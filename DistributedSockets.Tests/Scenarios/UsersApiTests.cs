// /api/users over nodes in this process: how somebody is, closing their connections, and their inbox.
using System.Diagnostics;
using System.Net;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class UsersApiTests : IDisposable
{
    /// <summary>Names that would mean something else in a key, a pattern, a line of a log or on a screen.</summary>
    public static readonly TheoryData<string> HostileNames = ["{", "}", "a{b}:c*#.", "*", "..a", "\u202egpj", string.Concat(Enumerable.Repeat("\ud83d\ude00", 128))];

    private readonly ApiProgram _api = new();

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task User_is_seen_from_any_node()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("bob", node: 0, device: "phone");
        await cluster.ConnectAsync("bob", node: 1);
        await phone.SendFrameAsync("""{"type":"presence","op":"set","status":{"text":"lunch"},"id":"p"}""");
        await phone.NextAsync("presence");
        await _api.AskAsync("PUT", cluster[0].Uri, "rooms/team/members/bob");

        var bob = await _api.AskAsync("GET", cluster[1].Uri, "users/bob");

        Assert.Equal((HttpStatusCode.OK, "bob", true, "lunch"), (bob.Status, bob.Text("user"), bob.Body.GetProperty("online").GetBoolean(), bob.Body.GetProperty("status").GetProperty("text").GetString()));
        var sessions = bob.Body.GetProperty("sessions");
        Assert.Equal(("phone", "server-1"), (sessions[0].GetProperty("device").GetString(), sessions[0].GetProperty("node").GetString()));
        Assert.Equal((true, "server-2"), (sessions[1].GetProperty("plain").GetBoolean(), sessions[1].GetProperty("node").GetString()));
        Assert.Equal("""["team"]""", bob.Body.GetProperty("rooms").GetRawText());

        await phone.CloseAsync();
        await Eventually.IsAsync(
            async () => (await _api.AskAsync("GET", cluster[0].Uri, "users/bob")).Body.GetProperty("devices").EnumerateArray().Any(device => device.GetProperty("device").GetString() == "phone"),
            "the phone is among the devices that are away");
    }

    [Fact]
    public async Task Name_that_nobody_has_used_is_nobody()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var nobody = await _api.AskAsync("GET", cluster[0].Uri, "users/nobody");

        Assert.Equal(
            """{"user":"nobody","online":false,"v":0,"sessions":[],"devices":[],"inbox":{"seq":0,"delivered":0,"pending":0,"bytes":0},"rooms":[]}""", nobody.Body.GetRawText());
    }

    [Fact]
    public async Task Disconnect_closes_all_connections_on_all_nodes_and_the_user_may_come_back()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("bob", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("bob", node: 1, device: "tablet");
        var plain = await cluster.ConnectAsync("bob", node: 1);
        var alice = await cluster.GreetAsync("alice", node: 1);

        var clock = Stopwatch.StartNew();
        var answer = await _api.AskAsync("POST", cluster[0].Uri, "users/bob/disconnect", "{}");

        Assert.Equal((HttpStatusCode.OK, 3L), (answer.Status, answer.Number("connections")));
        Assert.Equal((4003, 4003, 1008), (await phone.WhenClosedAsync(), await tablet.WhenClosedAsync(), await plain.WhenClosedAsync()));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await cluster.GreetAsync("bob", node: 1, device: "tablet");
        await alice.SettleAsync();
    }

    [Fact]
    public async Task Disconnect_of_one_device_leaves_the_others_and_says_why()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("bob", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("bob", node: 1, device: "tablet");

        var answer = await _api.AskAsync("POST", cluster[0].Uri, "users/bob/disconnect", """{"code":4200,"reason":"мы переезжаем","device":"tablet"}""");

        Assert.Equal((HttpStatusCode.OK, 1L), (answer.Status, answer.Number("connections")));
        Assert.Equal(4200, await tablet.WhenClosedAsync());
        await phone.SettleAsync();
        Assert.Equal(0L, (await _api.AskAsync("POST", cluster[0].Uri, "users/bob/disconnect", """{"device":"none"}""")).Number("connections"));
    }

    [Fact]
    public async Task Disconnect_of_which_a_node_may_not_have_heard_is_to_be_sent_again()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var tablet = await cluster.GreetAsync("bob", node: 1, device: "tablet");
        cluster[0].Bus.LosesNotices = true;

        var lost = await _api.AskAsync("POST", cluster[0].Uri, "users/bob/disconnect", "{}");
        cluster[0].Bus.LosesNotices = false;
        var again = await _api.AskAsync("POST", cluster[0].Uri, "users/bob/disconnect", "{}");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable", HttpStatusCode.OK), (lost.Status, lost.Text("code"), again.Status));
        Assert.Equal(4003, await tablet.WhenClosedAsync());
    }

    [Fact]
    public async Task Inbox_shows_heads_and_is_emptied_with_a_failed_receipt_to_the_sender()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 1, device: "phone");
        await alice.SendAsync("bob", "secret", "m-1");
        var mid = (await alice.NextAsync("ack")).GetProperty("mid").GetString();
        await alice.SendAsync("bob", "two", "m-2");
        await alice.NextAsync("ack");

        var first = await _api.AskAsync("GET", cluster[0].Uri, "users/bob/inbox?limit=1");
        var rest = await _api.AskAsync("GET", cluster[0].Uri, $"users/bob/inbox?after={first.Body.GetProperty("entries")[0].GetProperty("seq").GetInt64()}");
        Assert.Equal((2L, 2L, true, mid), (first.Number("seq"), first.Number("pending"), first.Body.GetProperty("more").GetBoolean(), first.Body.GetProperty("entries")[0].GetProperty("mid").GetString()));
        Assert.Equal(("m-2", false), (rest.Body.GetProperty("entries")[0].GetProperty("id").GetString(), rest.Body.GetProperty("more").GetBoolean()));
        Assert.DoesNotContain("secret", first.Body.GetRawText(), StringComparison.Ordinal);

        Assert.Equal(2L, (await _api.AskAsync("DELETE", cluster[0].Uri, "users/bob/inbox")).Number("removed"));
        var receipt = await alice.NextAsync("receipt");
        Assert.Equal(("failed", "bob", 2), (receipt.GetProperty("state").GetString(), receipt.GetProperty("peer").GetString(), receipt.GetProperty("mid").GetArrayLength()));
        Assert.Equal(0L, (await _api.AskAsync("DELETE", cluster[0].Uri, "users/bob/inbox")).Number("removed"));
        Assert.Empty(await cluster.StoredAsync("bob"));
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task Hostile_name_is_a_name_like_any_other(string name)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (encoded, other) = (Uri.EscapeDataString(name), await cluster.GreetAsync("bob"));
        var connected = await cluster.GreetAsync(name, device: "phone");
        await other.SendAsync(name, "hi", "m-1");
        await other.NextAsync("ack");

        var shown = await _api.AskAsync("GET", cluster[0].Uri, $"users/{encoded}");
        Assert.Equal((HttpStatusCode.OK, name, 1), (shown.Status, shown.Text("user"), shown.Body.GetProperty("sessions").GetArrayLength()));
        Assert.Equal(HttpStatusCode.OK, (await _api.AskAsync("GET", cluster[0].Uri, $"rooms/{encoded}/history")).Status);
        Assert.Equal(1L, (await _api.AskAsync("GET", cluster[0].Uri, $"users/{encoded}/inbox?after=0")).Number("seq"));
        Assert.Equal(1L, (await _api.AskAsync("POST", cluster[0].Uri, $"users/{encoded}/disconnect", "{}")).Number("connections"));
        Assert.Equal(4003, await connected.WhenClosedAsync());
        await other.SettleAsync();
    }

    [Theory]
    [InlineData("GET", "users/a%0Ab", null)]
    [InlineData("GET", "users/%20bob", null)]
    [InlineData("DELETE", "users/%0A/inbox", null)]
    [InlineData("POST", "users/%07/disconnect", "{}")]
    [InlineData("POST", "users/bob/disconnect", "[]")]
    [InlineData("POST", "users/bob/disconnect", """{"code":1000}""")]
    [InlineData("POST", "users/bob/disconnect", """{"code":4300}""")]
    [InlineData("POST", "users/bob/disconnect", """{"code":"4003"}""")]
    [InlineData("POST", "users/bob/disconnect", """{"reason":""}""")]
    [InlineData("POST", "users/bob/disconnect", """{"reason":"аааааааааааааааааааааааааааааааааааааааааааааааааааааааааааааа"}""")]
    [InlineData("POST", "users/bob/disconnect", """{"reason":"\ud800"}""")]
    [InlineData("POST", "users/bob/disconnect", """{"device":" a"}""")]
    [InlineData("GET", "users/bob/inbox?limit=0", null)]
    [InlineData("GET", "users/bob/inbox?limit=101", null)]
    [InlineData("GET", "users/bob/inbox?after=-1", null)]
    [InlineData("GET", "rooms/team/history?limit=101", null)]
    [InlineData("GET", "rooms/team/history?before=x", null)]
    [InlineData("GET", "rooms/team/history?before=1&after=1", null)]
    [InlineData("GET", "rooms/team/history?after=9007199254740992", null)]
    public async Task What_breaks_a_rule_is_refused(string method, string path, string? body)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var answer = await _api.AskAsync(method, cluster[0].Uri, path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("application/problem+json", answer.MediaType);
        Assert.Equal($"urn:ds:{answer.Text("code")}", answer.Text("type"));
    }

    [Fact]
    public async Task Path_with_a_nul_does_not_even_reach_the_api()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        Assert.Equal(HttpStatusCode.BadRequest, (await _api.AskAsync("GET", cluster[0].Uri, "users/a%00")).Status);
    }

    [Theory]
    [InlineData("GET", "users/bob", true)]
    [InlineData("GET", "users/bob/inbox", true)]
    [InlineData("DELETE", "users/bob/inbox", false)]
    [InlineData("POST", "users/bob/disconnect", false)]
    [InlineData("GET", "rooms/team/history", true)]
    public async Task Token_must_have_the_scope(string method, string path, bool isRead)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        var body = method == "POST" ? "{}" : null;
        async Task<int> AskAsync(string? token)
        {
            using var program = new ApiProgram(token);
            return (int)(await program.AskAsync(method, cluster[0].Uri, path, body)).Status;
        }

        Assert.Equal(401, await AskAsync(null));
        Assert.Equal(403, await AskAsync(Tokens.Of("billing")));
        Assert.Equal(isRead ? 200 : 403, await AskAsync(Tokens.Of("billing", ("scope", "ds.api.read"))));
        Assert.Equal(200, await AskAsync(Tokens.Of("billing", ("scope", "ds.api"))));
    }

    [Theory]
    [InlineData("GET", "users/bob")]
    [InlineData("GET", "users/bob/inbox")]
    [InlineData("POST", "users/bob/disconnect")]
    [InlineData("GET", "rooms/team/history")]
    public async Task While_redis_is_away_the_answer_is_503(string method, string path)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        cluster[0].Store.Cut();

        var answer = await _api.AskAsync(method, cluster[0].Uri, path, method == "POST" ? "{}" : null);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (answer.Status, answer.Text("code")));
    }
}
