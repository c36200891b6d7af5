// GET /api/cluster of a real cluster: asked of any node, it tells of all.
using System.Net.Http.Json;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class ClusterApiTests(ClusterFixture fixture) : IDisposable
{
    private readonly HttpClient _http = new();

    private RunningCluster Cluster => fixture.Cluster;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Each_node_tells_of_all_three_and_of_redis()
    {
        var user = RunningCluster.NewUser("alice");
        await using var alice = await Cluster.ConnectAsync(user, node: 3);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));

        await Eventually.IsAsync(
            async () =>
            {
                await alice.SendAsync(user, "to myself");
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
                var nodes = (await ReadAsync(1)).GetProperty("nodes");
                return nodes.GetArrayLength() == 3 && nodes[2].GetProperty("inPerSecond").GetDouble() > 1 && nodes[2].GetProperty("outPerSecond").GetDouble() > 1
                    && nodes[2].GetProperty("connections").GetInt32() >= 1 && nodes.EnumerateArray().All(node => node.GetProperty("probeMs").ValueKind == JsonValueKind.Number);
            },
            "node-1 tells how busy node-3 is, and that all have heard themselves");

        for (var number = 1; number <= 3; number++)
        {
            var body = await ReadAsync(number);
            Assert.StartsWith("""{"durable":true,"appendOnly":"yes","appendFsync":"always","version":""", body.GetProperty("redis").GetRawText(), StringComparison.Ordinal);
            Assert.Equal("master", body.GetProperty("redis").GetProperty("role").GetString());
            Assert.NotEmpty(body.GetProperty("rabbitmq").GetProperty("version").GetString()!);
            for (var other = 1; other <= 3; other++)
            {
                var facts = await Cluster.InfoAsync(other);
                var told = body.GetProperty("nodes")[other - 1];
                Assert.Equal((facts.Node, facts.Incarnation, facts.Pid), (told.GetProperty("node").GetString(), told.GetProperty("incarnation").GetInt64(), told.GetProperty("pid").GetInt32()));
                Assert.Equal(Cluster.Node(other).Port, new Uri(told.GetProperty("url").GetString()!).Port);
            }
        }
    }

    private Task<JsonElement> ReadAsync(int node) =>
        _http.GetFromJsonAsync<JsonElement>(new Uri(Cluster.Node(node), "/api/cluster"), TestContext.Current.CancellationToken);
}
