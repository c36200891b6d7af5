// What a node refuses, what it shrugs off, and the page beside it.
using System.Net;
using System.Net.WebSockets;
using System.Text;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class DoorTests(ClusterFixture fixture) : IDisposable
{
    private readonly HttpClient _http = new();

    private RunningCluster Cluster => fixture.Cluster;

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("/ws")]
    [InlineData("/ws?user_id=")]
    public async Task Without_a_user_id_the_answer_is_400_and_says_so(string path)
    {
        using var response = await AskToUpgradeAsync(path, origin: null);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("""{"error":"user_id required"}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_foreign_origin_is_refused_and_a_local_one_is_not()
    {
        using var response = await AskToUpgradeAsync("/ws?user_id=mallory", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);

        var user = RunningCluster.NewUser("alice");
        await using var browser = await TestClient.ConnectAsync(
            Cluster.Node(1), user, configure: options => options.SetRequestHeader("Origin", "http://localhost:8080"));
        await browser.SendAsync(user, "to myself");
        Assert.Equal("to myself", (await browser.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Malformed_and_binary_frames_are_dropped_and_the_connection_stays()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 2);

        foreach (var malformed in (string[])["", "{", "hello", "[]", "{}", $$"""{"to":"{{bob}}"}""", """{"body":"x"}""", """{"to":7,"body":"x"}""", """{"to":"","body":"x"}"""])
        {
            await sender.SendFrameAsync(malformed);
        }

        await sender.SendFrameAsync(Encoding.UTF8.GetBytes($$"""{"to":"{{bob}}","body":"binary"}"""), WebSocketMessageType.Binary);
        await sender.SendAsync(bob, "still here");

        Assert.Equal("still here", (await receiver.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task An_oversized_frame_closes_its_connection_with_1009_and_no_other()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 1);

        await sender.SendAsync(bob, new string('x', 60 * 1024));
        Assert.Equal(60 * 1024, (await receiver.NextMessageAsync()).Body.Length);

        await sender.SendAsync(bob, new string('x', 64 * 1024));
        Assert.Equal(1009, await sender.WhenClosedAsync());
        await receiver.SendAsync(bob, "to myself");
        Assert.Equal("to myself", (await receiver.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task The_page_answers_and_names_the_product()
    {
        var page = await _http.GetStringAsync(Cluster.Web, TestContext.Current.CancellationToken);
        Assert.Contains("DistributedSockets", page);

        using var health = await _http.GetAsync(new Uri(Cluster.Web, "/health"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task Redis_writes_to_disk_before_it_answers()
    {
        var settings = await Cluster.RedisServer.ConfigGetAsync("append*");

        Assert.Equal("yes", settings.Single(setting => setting.Key == "appendonly").Value);
        Assert.Equal("always", settings.Single(setting => setting.Key == "appendfsync").Value);
    }

    private async Task<HttpResponseMessage> AskToUpgradeAsync(string path, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Cluster.Node(1), path));
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
