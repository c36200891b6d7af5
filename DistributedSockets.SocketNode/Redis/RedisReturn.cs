// Redis is connected again: what it knows may be older than what this node knows.
using DistributedSockets.SocketNode.Cluster;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// Tells the node that Redis is connected again. An outage too short for a renewal to notice may still have been a restart or a fail-over: sessions are entered again,
/// and every inbox is looked at, since one that has gone back in time would use numbers twice.
/// </summary>
internal sealed class RedisReturn(IConnectionMultiplexer redis, NodeLease lease) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionRestored += OnRestored;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionRestored -= OnRestored;
        return Task.CompletedTask;
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType == ConnectionType.Interactive)
        {
            lease.StoreReturned();
        }
    }
}
