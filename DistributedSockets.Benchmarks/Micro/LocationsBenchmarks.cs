// Where a user is: remembered, or asked of a registry in memory, which costs nothing itself.
using BenchmarkDotNet.Attributes;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Benchmarks.Micro;

public class LocationsBenchmarks
{
    private const int Users = 1000;

    private readonly UserId[] _connected = [.. Enumerable.Range(0, Users).Select(i => new UserId($"connected-{i}"))];
    private readonly UserId[] _away = [.. Enumerable.Range(0, Users).Select(i => new UserId($"away-{i}"))];
    private Locations _locations = null!;

    [GlobalSetup]
    public async Task PrepareAsync()
    {
        var registry = new InMemoryConnectionRegistry(TimeProvider.System, TimeSpan.FromHours(1));
        var node = new NodeIncarnation(new NodeId("server-2"), 1);
        foreach (var user in _connected)
        {
            await registry.OpenAsync(new Session(user, DeviceId.Plain, node, ConnectionId.New(), 0), CancellationToken.None);
        }

        _locations = new Locations(registry, TimeProvider.System);
    }

    /// <summary>One in a second is asked for, all others are remembered.</summary>
    [Benchmark(OperationsPerInvoke = Users)]
    public Task<int> OnOneNode() => FindAsync(_connected);

    /// <summary>Nobody's absence is remembered.</summary>
    [Benchmark(OperationsPerInvoke = Users)]
    public Task<int> OnNone() => FindAsync(_away);

    private async Task<int> FindAsync(UserId[] users)
    {
        var nodes = 0;
        foreach (var user in users)
        {
            nodes += (await _locations.FindAsync(user, CancellationToken.None)).Count;
        }

        return nodes;
    }
}
