// A message to everyone over real nodes, Redis and RabbitMQ.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class EveryoneTests(BreakableNodesFixture fixture)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Message_to_everyone_reaches_users_on_all_nodes_and_who_was_away_once()
    {
        var away = RunningCluster.NewUser("away");
        var first = await DsClient.ConnectAsync(Cluster.Node(1), away, "phone");
        await first.CloseAsync();
        await Cluster.WhenGoneAsync(away);
        var users = await Task.WhenAll(Enumerable.Range(0, 30).Select(number => DsClient.ConnectAsync(Cluster.Node((number % 3) + 1), RunningCluster.NewUser("user"))));

        var (status, sent) = await PostAsync(node: 2, $$"""{"from":"ops","room":"ds.all","body":"to all","id":"{{away}}"}""");
        Assert.Equal((HttpStatusCode.Accepted, "stored"), (status, sent.GetProperty("state").GetString()));
        var (_, again) = await PostAsync(node: 3, $$"""{"from":"ops","room":"ds.all","body":"to all","id":"{{away}}"}""");
        Assert.True(again.GetProperty("dup").GetBoolean());
        var rseq = sent.GetProperty("rseq").GetInt64();
        foreach (var user in users)
        {
            Assert.Equal(rseq, (await user.NextAsync("msg")).GetProperty("rseq").GetInt64());
        }

        await using var back = await DsClient.ConnectAsync(Cluster.Node(3), away, "phone");
        Assert.Equal(rseq, (await back.NextAsync("msg")).GetProperty("rseq").GetInt64());
        await back.SendFrameAsync($$"""{"type":"ack","room":"ds.all","rseq":{{rseq}}}""");
        await back.CloseAsync();
        await Cluster.WhenGoneAsync(away);
        await using var third = await DsClient.ConnectAsync(Cluster.Node(2), away, "phone");
        Assert.Equal(rseq, third.Everyone[0].GetProperty("after").GetInt64());
        await using var stranger = await DsClient.ConnectAsync(Cluster.Node(1), RunningCluster.NewUser("new"));
        foreach (var client in users.Append(third).Append(stranger))
        {
            await client.SettleAsync();
            Assert.Equal(client == third || client == stranger ? 0 : 1, client.Arrived.Count(push => push.GetProperty("type").GetString() == "msg" && push.GetProperty("rseq").GetInt64() == rseq));
        }

        // The numbers are never forgotten, however long nobody says anything.
        Assert.Null(await Cluster.Redis.KeyTimeToLiveAsync(RedisKeys.Meta(RoomId.Everyone)));
        foreach (var user in users)
        {
            await user.DisposeAsync();
        }
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(int node, string body)
    {
        using var http = new HttpClient();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(Cluster.Node(node), "/api/messages"), content, TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (response.StatusCode, answer.RootElement.Clone());
    }
}
