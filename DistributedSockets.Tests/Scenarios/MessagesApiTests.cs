// POST /api/messages and its batch over nodes in this process: what back ends send.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class MessagesApiTests : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Message_to_a_user_arrives_from_any_node_and_a_repetition_is_the_same_message()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.GreetAsync("bob", node: 1);
        const string Message = """{"from":"billing","to":"bob","body":{"invoice":17},"id":"inv-17","ct":"application/x-invoice"}""";

        var (status, first) = await PostAsync(cluster[0], "messages", Message);
        Assert.Equal((HttpStatusCode.Accepted, 1L, "stored"), (status, first.GetProperty("seq").GetInt64(), Text(first, "state")));
        var push = await bob.NextAsync("msg");
        Assert.Equal(
            ("billing", "inv-17", "application/x-invoice", """{"invoice":17}"""), (Text(push, "from"), Text(push, "id"), Text(push, "ct"), push.GetProperty("body").GetRawText()));
        Assert.Equal(Text(first, "mid"), Text(push, "mid"));

        var (_, again) = await PostAsync(cluster[1], "messages", Message);
        Assert.Equal((Text(first, "mid"), true), (Text(again, "mid"), again.GetProperty("dup").GetBoolean()));
        var (conflict, reused) = await PostAsync(cluster[0], "messages", """{"from":"billing","to":"bob","body":18,"id":"inv-17"}""");
        Assert.Equal((HttpStatusCode.Conflict, "id_reused", "urn:ds:id_reused"), (conflict, Text(reused, "code"), Text(reused, "type")));
        Assert.Single(await cluster.StoredAsync("bob"));
    }

    [Fact]
    public async Task Message_to_a_room_reaches_its_members_and_its_sender_need_not_be_one()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await bob.SendFrameAsync("""{"type":"join","room":"team","id":"j"}""");
        await bob.NextAsync("joined");
        const string Message = """{"from":"billing","room":"team","body":"hi","id":"m1"}""";

        var (status, first) = await PostAsync(cluster[0], "messages", Message);
        var (_, again) = await PostAsync(cluster[0], "messages", Message);

        Assert.Equal((HttpStatusCode.Accepted, 1L), (status, first.GetProperty("rseq").GetInt64()));
        Assert.False(first.TryGetProperty("seq", out _));
        Assert.Equal((Text(first, "mid"), true), (Text(again, "mid"), again.GetProperty("dup").GetBoolean()));
        var push = await bob.NextAsync("msg");
        Assert.Equal(("billing", "team", "hi", 1L), (Text(push, "from"), Text(push, "room"), Text(push, "body"), push.GetProperty("rseq").GetInt64()));
        await bob.SettleAsync();
        Assert.Equal(1, bob.Count("msg"));
    }

    [Fact]
    public async Task Key_of_the_request_is_the_id_of_the_message()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        const string Message = """{"from":"a","to":"bob","body":1}""";

        var (_, first) = await PostAsync(cluster[0], "messages", Message, key: "k");
        var (_, again) = await PostAsync(cluster[0], "messages", Message, key: "k");
        var (_, other) = await PostAsync(cluster[0], "messages", Message);
        var (differs, _) = await PostAsync(cluster[0], "messages", """{"from":"a","to":"bob","body":1,"id":"l"}""", key: "k");

        Assert.Equal(Text(first, "mid"), Text(again, "mid"));
        Assert.NotEqual(Text(first, "mid"), Text(other, "mid"));
        Assert.Equal(HttpStatusCode.BadRequest, differs);
        Assert.Equal(["k"], (await cluster.StoredAsync("bob")).Take(1).Select(envelope => envelope.ClientId));
    }

    [Theory]
    [InlineData("[]", 400, "bad_request")]
    [InlineData("{", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"bob"}""", 400, "bad_request")]
    [InlineData("""{"to":"bob","body":1}""", 400, "bad_request")]
    [InlineData("""{"from":" a","to":"bob","body":1}""", 400, "bad_request")]
    [InlineData("""{"from":"a","body":1}""", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"bob","room":"r","body":1}""", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"bob","body":1,"id":""}""", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"bob","body":1,"id":"\ud800"}""", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"bob","body":1,"ttl":0}""", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"b\u0000","body":1}""", 400, "bad_recipient")]
    [InlineData("""{"from":"a","room":"","body":1}""", 400, "bad_recipient")]
    [InlineData("""{"from":"a","room":"ds.other","body":1}""", 403, "forbidden")]
    [InlineData("""{"from":"a","room":"team","body":1,"live":1}""", 400, "bad_request")]
    [InlineData("""{"from":"a","room":"team","body":1,"live":true,"id":"x"}""", 400, "bad_request")]
    [InlineData("""{"from":"a","to":"bob","body":1,"live":true}""", 400, "bad_request")]
    public async Task What_breaks_a_rule_is_refused(string body, int status, string code)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var (answer, problem) = await PostAsync(cluster[0], "messages", body);

        Assert.Equal((status, code), ((int)answer, Text(problem, "code")));
    }

    [Fact]
    public async Task Limits_are_named()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ApiBytes=1024", "Limits:BatchBytes=2048", "Limits:BatchMessages=2");
        using var counts = new LimitCounts(cluster[0]);
        var message = $$"""{"from":"a","to":"bob","body":"{{new string('x', 1100)}}"}""";

        var (large, problem) = await PostAsync(cluster[0], "messages", message);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too_large", "Limits:ApiBytes"), (large, Text(problem, "code"), Text(problem, "limit")));
        var (_, tooMany) = await PostAsync(cluster[0], "messages/batch", """{"messages":[1,2,3]}""");
        Assert.Equal("Limits:BatchMessages", Text(tooMany, "limit"));
        var (_, tooLong) = await PostAsync(cluster[0], "messages/batch", $$"""{"messages":[{{message}},{{message}}]}""");
        Assert.Equal("Limits:BatchBytes", Text(tooLong, "limit"));
        var (_, one) = await PostAsync(cluster[0], "messages/batch", $$"""{"messages":[{{message}}]}""");
        Assert.Equal("Limits:ApiBytes", Text(one.GetProperty("results")[0], "limit"));
        Assert.Equal((2, 1, 1), (counts["Limits:ApiBytes"], counts["Limits:BatchMessages"], counts["Limits:BatchBytes"]));
    }

    [Fact]
    public async Task Batch_has_an_answer_for_each_in_their_order_and_its_key_makes_it_repeatable()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        const string Batch =
            """{"messages":[{"from":"a","to":"bob","body":0},{"from":"a","to":"bob"},{"from":"a","room":"team","body":2},{"from":"a","to":"bob","body":3},{"from":"a","to":"bob","body":4,"id":"own"}]}""";

        var (status, first) = await PostAsync(cluster[0], "messages/batch", Batch, key: "k");
        var (_, again) = await PostAsync(cluster[0], "messages/batch", Batch, key: "k");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal([202, 400, 202, 202, 202], first.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("status").GetInt32()));
        Assert.Equal("bad_request", Text(first.GetProperty("results")[1], "code"));
        Assert.Equal(1, first.GetProperty("results")[2].GetProperty("rseq").GetInt64());
        Assert.Equal(4, again.GetProperty("results").EnumerateArray().Count(result => result.TryGetProperty("dup", out _)));
        Assert.Equal(["k-0", "k-3", "own"], (await cluster.StoredAsync("bob")).Select(envelope => envelope.ClientId));
    }

    [Fact]
    public async Task Behind_a_full_inbox_the_rest_of_a_batch_to_it_is_refused_too_and_others_are_not()
    {
        await using var cluster = await TestCluster.StartAsync(new InboxLimits(Messages: 1), nodes: 1);
        var (_, answer) = await PostAsync(
            cluster[0],
            "messages/batch",
            """{"messages":[{"from":"a","to":"bob","body":0},{"from":"a","to":"bob","body":1},{"from":"a","to":"carol","body":2},{"from":"a","to":"bob","body":3}]}""");

        Assert.Equal([202, 429, 202, 429], answer.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("status").GetInt32()));
        Assert.Equal(("inbox_full", "Limits:InboxMessages"), (Text(answer.GetProperty("results")[3], "code"), Text(answer.GetProperty("results")[3], "limit")));
    }

    [Theory]
    [InlineData("to")]
    [InlineData("room")]
    public async Task While_redis_is_away_the_outcome_is_unknown_and_the_same_id_may_be_sent_again(string target)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        cluster[0].Store.Cut();
        var message = $$"""{"from":"a","{{target}}":"x","body":1,"id":"m"}""";

        var (status, problem) = await PostAsync(cluster[0], "messages", message);
        var (elsewhere, _) = await PostAsync(cluster[1], "messages", message);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable", HttpStatusCode.Accepted), (status, Text(problem, "code"), elsewhere));
    }

    [Fact]
    public async Task Path_that_there_is_not_is_a_problem_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var (status, problem) = await PostAsync(cluster[0], "nothing.json", "{}");

        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (status, Text(problem, "code")));
    }

    private static string Text(JsonElement json, string field) => json.GetProperty(field).GetString()!;

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(TestNode node, string path, string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Uri, $"/api/{path}")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (response.StatusCode, answer.RootElement.Clone());
    }
}
