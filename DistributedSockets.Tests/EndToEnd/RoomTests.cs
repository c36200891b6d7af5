// A room of several nodes over real Redis and RabbitMQ.
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class RoomTests(BreakableNodesFixture fixture, ITestOutputHelper output)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Nothing_acknowledged_in_a_room_is_lost_or_doubled_when_a_node_is_killed()
    {
        const int Each = 120;
        var room = RunningCluster.NewUser("team");
        var members = Enumerable.Range(0, 9).Select(number => new Member(Cluster, $"{room}-{number}", room, node: (number % 3) + 1)).ToList();
        await Task.WhenAll(members.Select(member => member.JoinAsync()));
        var before = await Cluster.InfoAsync(2);
        var sending = Task.WhenAll(members.Take(3).Select(member => member.SendAsync(Each)));

        await members[0].WhenSeenAsync(Each / 2);
        ProcessSignal.Kill(before.Pid);
        await sending;

        var all = members.Take(3).SelectMany(member => member.Acknowledged).ToList();
        Assert.Equal(3 * Each, all.Distinct().Count());
        foreach (var member in members)
        {
            await member.WhenSeenAsync(all.Count - member.Acknowledged.Count);
            Assert.Equal(all.Except(member.Acknowledged).Order(), member.Seen.Order());
            Assert.Equal(member.Rseqs.Order(), member.Rseqs);
            await member.DisposeAsync();
        }

        output.WriteLine($"{all.Count} messages acknowledged, seen by {members.Count} members");
        await Cluster.WhenHealthAsync(2, HttpStatusCode.OK);
        await Cluster.WhenHealthyAsync();
    }

    /// <summary>A member who comes back at another node as often as it has to, and sends again what was not acknowledged.</summary>
    private sealed class Member(RunningCluster cluster, string user, string room, int node) : IAsyncDisposable
    {
        private readonly Lock _gate = new();
        private readonly List<string> _seen = [];
        private readonly List<long> _rseqs = [];
        private readonly HashSet<string> _acknowledged = [];
        private DsClient? _client;
        private int _node = node;

        public List<string> Seen => Read(() => _seen.ToList());

        public List<long> Rseqs => Read(() => _rseqs.ToList());

        public List<string> Acknowledged => Read(() => _acknowledged.ToList());

        public async Task JoinAsync()
        {
            await ConnectAsync();
            await _client!.SendFrameAsync($$"""{"type":"join","room":"{{room}}","id":"j"}""");
            await Eventually.IsAsync(() => _client.Count("joined") > _client.Everyone.Count, $"{user} is in the room");
        }

        public async Task SendAsync(int count)
        {
            for (var number = 0; number < count; number++)
            {
                var body = $"{user} {number}";
                while (!Acknowledged.Contains(body))
                {
                    var client = _client!;
                    await TrySendAsync(client, $$"""{"type":"msg","room":"{{room}}","body":"{{body}}","id":"{{number}}"}""");
                    await Eventually.IsAsync(() => Acknowledged.Contains(body) || _client != client, $"'{body}' is acknowledged");
                }
            }
        }

        public Task WhenSeenAsync(int count) => Eventually.IsAsync(() => Seen.Count >= count, () => $"{user} has seen {Seen.Count} of {count}", TimeSpan.FromSeconds(30));

        public async ValueTask DisposeAsync()
        {
            var client = _client!;
            _client = null;
            await client.DisposeAsync();
        }

        private async Task ConnectAsync()
        {
            var client = await DsClient.OpenAsync(cluster.Node(_node), user);
            client.OnPush = push => Take(client, push);
            await client.SendFrameAsync("""{"type":"hello","device":"d"}""");
            _client = client;
            _ = ComeBackAsync(client);
        }

        private async Task ComeBackAsync(DsClient client)
        {
            await client.WhenClosedAsync(Timeout.InfiniteTimeSpan);
            while (_client == client)
            {
                _node = (_node % 3) + 1;
                try
                {
                    await ConnectAsync();
                }
                catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
                {
                    // That node is the dead one.
                }
            }
        }

        private void Take(DsClient client, JsonElement push)
        {
            lock (_gate)
            {
                switch (push.GetProperty("type").GetString())
                {
                    case "msg" when _rseqs.Count == 0 || push.GetProperty("rseq").GetInt64() > _rseqs[^1]:
                        _seen.Add(push.GetProperty("body").GetString()!);
                        _rseqs.Add(push.GetProperty("rseq").GetInt64());
                        _ = TrySendAsync(client, $$"""{"type":"ack","room":"{{room}}","rseq":{{_rseqs[^1]}}}""");
                        break;
                    case "ack":
                        _acknowledged.Add($"{user} {push.GetProperty("id").GetString()}");
                        break;
                }
            }
        }

        private static async Task TrySendAsync(DsClient client, string frame)
        {
            try
            {
                await client.SendFrameAsync(frame);
            }
            catch (Exception exception) when (exception is WebSocketException or InvalidOperationException or IOException)
            {
                // It is closed, and another one is on its way.
            }
        }

        private T Read<T>(Func<T> read)
        {
            lock (_gate)
            {
                return read();
            }
        }
    }
}
