// GET /api/cluster over nodes in this process.
using System.Net;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class ClusterApiTests : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Every_living_node_is_told_with_its_load()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, TimeSpan.FromSeconds(1));
        var alice = await cluster.ConnectAsync("alice", node: 1);
        await alice.SendAsync("alice", "to myself");
        await alice.NextMessageAsync();

        JsonElement[] nodes = [];
        await Eventually.IsAsync(
            async () =>
            {
                var body = await ReadAsync(cluster[0]);
                nodes = [.. body.GetProperty("nodes").EnumerateArray()];
                return nodes.Length == 2 && nodes[1].GetProperty("connections").GetInt32() == 1;
            },
            "both nodes have told about themselves");

        Assert.Equal(["server-1", "server-2"], nodes.Select(node => node.GetProperty("node").GetString()));
        Assert.Equal(
            ["node", "incarnation", "url", "host", "version", "startedAt", "draining", "connections", "users", "inPerSecond", "outPerSecond", "probeMs",
                "localPerSecond", "remotePerSecond", "inboxPerSecond", "sendQueue", "lanes", "busQueue", "memory", "bus", "pid"],
            nodes[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal(cluster[1].Incarnation.Number, nodes[1].GetProperty("incarnation").GetInt64());
        Assert.Equal(cluster[1].Uri, new Uri(nodes[1].GetProperty("url").GetString()!));
        Assert.Equal(1, nodes[1].GetProperty("users").GetInt32());
        Assert.Equal(0, nodes[0].GetProperty("connections").GetInt32());
        Assert.InRange(nodes[0].GetProperty("memory").GetInt64(), 1024 * 1024, long.MaxValue);
        Assert.Equal("connected", nodes[0].GetProperty("bus").GetString());
        Assert.Equal(Environment.ProcessId, nodes[0].GetProperty("pid").GetInt32());
        Assert.False(nodes[0].GetProperty("draining").GetBoolean());
    }

    [Fact]
    public async Task Node_alone_has_no_redis_to_speak_of()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var body = await ReadAsync(cluster[0]);

        Assert.Equal("""{"durable":null,"appendOnly":null,"appendFsync":null,"version":null,"role":null}""", body.GetProperty("redis").GetRawText());
        Assert.Equal("""{"version":null}""", body.GetProperty("rabbitmq").GetRawText());
        Assert.Equal("""{"accepted":0,"delivered":0,"expired":0,"failed":0,"pending":0,"difference":0}""", body.GetProperty("ledger").GetRawText());
    }

    [Fact]
    public async Task While_redis_is_away_the_answer_is_503_and_says_when_to_ask_again()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        cluster[0].Store.Cut();

        using var response = await _http.GetAsync(new Uri(cluster[0].Uri, "/api/cluster"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Forwarded_request_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster[0].Uri, "/api/cluster"));
        request.Headers.Add("X-Forwarded-For", "10.0.0.7");

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    private async Task<JsonElement> ReadAsync(TestNode node)
    {
        using var body = JsonDocument.Parse(await _http.GetStringAsync(new Uri(node.Uri, "/api/cluster"), TestContext.Current.CancellationToken));
        return body.RootElement.Clone();
    }
}
