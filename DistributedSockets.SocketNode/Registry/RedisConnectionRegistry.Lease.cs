// The registry in Redis: which boot of a node may say so.
using System.Text.Json;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class RedisConnectionRegistry
{
    private long LeaseMilliseconds => (long)leaseLength.TotalMilliseconds;

    public Task<LeaseAttempt> TakeLeaseAsync(NodeInfo info, CancellationToken cancellationToken) =>
        AskAsync<LeaseAttempt>(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.TakeLease,
                    [RedisKeys.Lease(info.Node), RedisKeys.Incarnations, RedisKeys.Alive, RedisKeys.Infos],
                    [RedisKeys.Encode(info.Node.Value), LeaseMilliseconds, WriteInfo(info)]);
                var holder = new NodeIncarnation(info.Node, (long)answer[1]);
                return (bool)answer[0]
                    ? new LeaseAttempt.Taken(holder)
                    : new LeaseAttempt.Held(holder, ReadInfo(answer[3]), TimeSpan.FromMilliseconds((long)answer[2]));
            },
            cancellationToken);

    public Task<LeaseRenewal> RenewLeaseAsync(NodeIncarnation self, NodeInfo info, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.RenewLease,
                    [RedisKeys.Lease(self.Node), RedisKeys.Incarnations, RedisKeys.Alive, RedisKeys.Infos],
                    [RedisKeys.Encode(self.Node.Value), self.Number, LeaseMilliseconds, WriteInfo(info)]);
                return (string?)answer switch
                {
                    "renewed" => LeaseRenewal.Renewed,
                    "taken back" => LeaseRenewal.TakenBack,
                    _ => LeaseRenewal.Lost,
                };
            },
            cancellationToken);

    public Task ReleaseLeaseAsync(NodeIncarnation self, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var anybodyLeft = await _database.KeyExistsAsync(RedisKeys.Users(self));
                return await _database.ScriptEvaluateAsync(
                    RedisScripts.ReleaseLease,
                    [RedisKeys.Lease(self.Node), RedisKeys.Incarnations, RedisKeys.Alive, RedisKeys.Infos, RedisKeys.Reaping],
                    [RedisKeys.Encode(self.Node.Value), self.Number, anybodyLeft]);
            },
            cancellationToken);

    public Task<LivingNodes> ReadNodesAsync(CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(RedisScripts.ReadNodes, [RedisKeys.Alive, RedisKeys.Infos], []);
                var living = new Dictionary<NodeIncarnation, NodeInfo?>();
                for (var index = 1; index < answer.Length; index += 2)
                {
                    if (NodeIncarnation.TryParse(answer[index].ToString(), out var incarnation))
                    {
                        living.Add(incarnation, ReadInfo(answer[index + 1]));
                    }
                }

                return new LivingNodes((long)answer[0], living);
            },
            cancellationToken);

    private static RedisValue WriteInfo(NodeInfo info) => JsonSerializer.SerializeToUtf8Bytes(info, NodeInfoJson.Default.NodeInfo);

    private static NodeInfo? ReadInfo(RedisResult json)
    {
        try
        {
            return json.IsNull ? null : JsonSerializer.Deserialize((byte[])json!, NodeInfoJson.Default.NodeInfo);
        }
        catch (JsonException)
        {
            // Another version's; the node counts all the same.
            return null;
        }
    }
}
