// A registry that is compared with the model: one per node over one store, whose clock can be put forward.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Faults;

/// <summary>A store as one node has it.</summary>
internal sealed record ModelledStore(IConnectionRegistry Registry, IPresence Presence);

/// <summary>A registry that is compared with the model.</summary>
/// <param name="Lease">How long a lease lasts in it.</param>
/// <param name="Of">The registry as a node has it.</param>
/// <param name="PassAsync">Puts the store's clock forward by that many hundredths of a lease.</param>
/// <param name="ListsLostAsserts">See <see cref="RegistryModel"/>.</param>
internal sealed record ModelledRegistry(TimeSpan Lease, Func<NodeId, ModelledStore> Of, Func<int, Task> PassAsync, bool ListsLostAsserts)
{
    public static readonly NodeId Reaper = new("reaper");

    public static ModelledRegistry InMemory()
    {
        var time = new FakeTimeProvider();
        var lease = TimeSpan.FromSeconds(100);
        var registry = new InMemoryConnectionRegistry(time, lease);
        var store = new ModelledStore(registry, registry);
        return new(lease, _ => store, PassAsync, ListsLostAsserts: false);

        Task PassAsync(int hundredths)
        {
            time.Advance(lease * hundredths / 100);
            return Task.CompletedTask;
        }
    }

    /// <summary>A lease is long enough that the time which the test itself takes does not matter.</summary>
    public static ModelledRegistry InRedis(IReadOnlyList<IConnectionMultiplexer> redis)
    {
        var lease = TimeSpan.FromHours(1);
        var stores = redis.Select(connection => new ModelledStore(new RedisConnectionRegistry(connection, lease), new RedisPresence(connection))).ToList();
        var database = redis[0].GetDatabase();
        return new(
            lease,
            node => stores[node == OperationSequence.Nodes[0] ? 0 : 1],
            hundredths => RedisClock.PutForwardAsync(database, lease * hundredths / 100),
            ListsLostAsserts: true);
    }
}
