// Users who are registered and hold no connection.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using StackExchange.Redis;

namespace DistributedSockets.Benchmarks.Running;

internal static class RegisteredUsers
{
    /// <summary>Enters sessions on the nodes that live, as those enter their own again after Redis was away.</summary>
    public static async Task EnterAsync(RedisAddress address, int count, CancellationToken cancellationToken)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(address.ForDotNet);
        var registry = new RedisConnectionRegistry(redis, TimeSpan.FromSeconds(6));
        var nodes = (await registry.ReadNodesAsync(cancellationToken)).Living.Keys.ToArray();
        var sessions = Enumerable.Range(0, count).Select(
            i => new Session(new UserId($"registered-{i}"), DeviceId.Plain, nodes[i % nodes.Length], new ConnectionId($"{i:x32}"), 0)).ToArray();
        var asserted = await registry.AssertAsync(sessions, cancellationToken);
        if (asserted.Lost.Count > 0)
        {
            throw new InvalidOperationException($"{asserted.Lost.Count} of {count} users could not be registered.");
        }
    }
}
