// What befalls Redis: killed, wiped, replaced by a replica that lags, out of reach.
using System.Diagnostics;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

internal sealed class RedisFaults(FaultCluster cluster)
{
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

    /// <summary>T5: killed; the same data on its return.</summary>
    public async Task KillAsync()
    {
        ProcessSignal.Kill(cluster.System.ProcessOf(FaultCluster.Redis) ?? throw new InvalidOperationException("Redis does not run."));
        await cluster.System.CommandAsync(FaultCluster.Redis, "restart");

        // A node that was just starting has given up: what it waits for was gone.
        await cluster.HealAsync();
    }

    /// <summary>T5: everything in it is gone.</summary>
    public async Task WipeAsync(Journal journal)
    {
        await cluster.System.RedisServer.FlushAllDatabasesAsync();
        journal.StoreLostAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Leaves nothing of what a test has broken in the store by hand.</summary>
    public async Task ForgetAllAsync()
    {
        await cluster.System.RedisServer.FlushAllDatabasesAsync();
        await cluster.HealAsync();
    }

    /// <summary>T9: out of reach of some nodes, or of all.</summary>
    public async Task CutAsync(IEnumerable<int> nodes, TimeSpan length)
    {
        var proxies = nodes.Select(node => cluster.Links(node).Redis).ToList();
        proxies.ForEach(proxy => proxy.Mode = ProxyMode.Blackhole);
        try
        {
            await Task.Delay(length, TestContext.Current.CancellationToken);
        }
        finally
        {
            proxies.ForEach(proxy => proxy.Mode = ProxyMode.Pass);
        }
    }

    /// <summary>T6: a replica that lacks the last second takes over.</summary>
    public async Task FailOverAsync(Journal journal)
    {
        await using var pair = await RedisPair.ConnectAsync(cluster);
        await pair.FollowAsync(follower: FaultCluster.Replica, leader: FaultCluster.Redis);
        await pair.StopFollowingAsync(FaultCluster.Replica);
        await Task.Delay(Lag, TestContext.Current.CancellationToken);
        pair.Lead(FaultCluster.Replica);
        journal.StoreLostAt = Stopwatch.GetTimestamp();
    }

    /// <summary>After <see cref="FailOverAsync"/>, with no traffic: the first one has followed and leads again, with nothing lost.</summary>
    public async Task FailBackAsync()
    {
        await using var pair = await RedisPair.ConnectAsync(cluster);
        await pair.FollowAsync(follower: FaultCluster.Redis, leader: FaultCluster.Replica);
        await pair.StopFollowingAsync(FaultCluster.Redis);
        pair.Lead(FaultCluster.Redis);
        await cluster.HealAsync();
    }
}
