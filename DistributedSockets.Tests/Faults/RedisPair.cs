// The two servers of Redis, each of which can follow the other and lead.
using System.Globalization;
using System.Net;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Faults;

/// <summary>The cluster's two servers of Redis, each of which can follow the other and lead.</summary>
internal sealed class RedisPair : IAsyncDisposable
{
    private readonly FaultCluster _cluster;
    private readonly Dictionary<string, ConnectionMultiplexer> _servers = [];

    private RedisPair(FaultCluster cluster) => _cluster = cluster;

    public static async Task<RedisPair> ConnectAsync(FaultCluster cluster)
    {
        var pair = new RedisPair(cluster);
        foreach (var name in (string[])[FaultCluster.Redis, FaultCluster.Replica])
        {
            pair._servers[name] = await ConnectionMultiplexer.ConnectAsync($"{await cluster.System.ConnectionStringAsync(name)},allowAdmin=true");
        }

        // Nodes come with the first server's password, and so do the two to each other. Given anew each time: a restart forgets it.
        var password = (await ConfigurationOptions(cluster)).Password!;
        await pair.Server(FaultCluster.Replica).ExecuteAsync("ACL", "SETUSER", "default", $">{password}");
        foreach (var name in pair._servers.Keys)
        {
            await pair.Server(name).ConfigSetAsync("masterauth", password);
            await pair.Server(name).ConfigSetAsync("repl-diskless-sync-delay", "0");
        }

        return pair;
    }

    /// <summary>Completes when the follower has everything that the leader had at the beginning.</summary>
    public async Task FollowAsync(string follower, string leader)
    {
        await Server(follower).ExecuteAsync("REPLICAOF", "127.0.0.1", PortOf(leader));
        var offset = await NumberAsync(leader, "master_repl_offset");
        await Eventually.IsAsync(
            async () => await FieldAsync(follower, "master_link_status") == "up" && await NumberAsync(follower, "slave_repl_offset") >= offset
                && await NumberAsync(follower, "slave_repl_offset") >= await NumberAsync(leader, "master_repl_offset"),
            $"{follower} has caught up with {leader}");
    }

    public Task StopFollowingAsync(string name) => Server(name).ExecuteAsync("REPLICAOF", "NO", "ONE");

    /// <summary>From now on it is what the nodes reach.</summary>
    public void Lead(string name)
    {
        foreach (var links in _cluster.AllLinks)
        {
            links.Redis.ServerPort = PortOf(name);
            links.Redis.ResetAll();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<ConfigurationOptions> ConfigurationOptions(FaultCluster cluster) =>
        StackExchange.Redis.ConfigurationOptions.Parse(await cluster.System.ConnectionStringAsync(FaultCluster.Redis));

    private IServer Server(string name) => _servers[name].GetServers()[0];

    private int PortOf(string name) => Server(name).EndPoint switch
    {
        IPEndPoint address => address.Port,
        DnsEndPoint address => address.Port,
        var other => throw new InvalidOperationException($"{other} has no port."),
    };

    private async Task<long> NumberAsync(string name, string field) =>
        long.TryParse(await FieldAsync(name, field), CultureInfo.InvariantCulture, out var number) ? number : -1;

    private async Task<string?> FieldAsync(string name, string field) =>
        (await Server(name).InfoAsync("replication")).SelectMany(section => section).FirstOrDefault(pair => pair.Key == field).Value;
}
