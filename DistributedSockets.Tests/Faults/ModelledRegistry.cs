// A registry that is compared with the model: one per node over one store, whose clock can be put forward.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Faults;

/// <summary>A registry that is compared with the model.</summary>
/// <param name="Lease">How long a lease lasts in it.</param>
/// <param name="Of">The registry as a node has it.</param>
/// <param name="PassAsync">Puts the store's clock forward by that many hundredths of a lease.</param>
/// <param name="ListsLostAsserts">See <see cref="RegistryModel"/>.</param>
internal sealed record ModelledRegistry(TimeSpan Lease, Func<NodeId, IConnectionRegistry> Of, Func<int, Task> PassAsync, bool ListsLostAsserts)
{
    public static readonly NodeId Reaper = new("reaper");

    // Redis' clock can't be put forward. What it measures can be put back: the same to everybody who looks. (An incarnation's number comes from the clock
    // itself and only has to rise.)
    private const string PutForward = """
        local alive = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
        for index = 1, #alive, 2 do
          redis.call('ZADD', KEYS[1], string.format('%d', alive[index + 1] - ARGV[1]), alive[index])
        end
        for index = 2, #KEYS do
          local left = redis.call('PTTL', KEYS[index])
          if left > 0 then
            redis.call('PEXPIRE', KEYS[index], left - ARGV[1])
          end
        end
        """;

    public static ModelledRegistry InMemory()
    {
        var time = new FakeTimeProvider();
        var lease = TimeSpan.FromSeconds(100);
        var registry = new InMemoryConnectionRegistry(time, lease);
        return new(lease, _ => registry, PassAsync, ListsLostAsserts: false);

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
        var registries = redis.Select(connection => new RedisConnectionRegistry(connection, lease)).ToList();
        var database = redis[0].GetDatabase();
        RedisKey[] keys = [RedisKeys.Alive, RedisKeys.ReaperTurn, .. OperationSequence.Nodes.Append(Reaper).Select(RedisKeys.Lease)];
        return new(
            lease,
            node => registries[node == OperationSequence.Nodes[0] ? 0 : 1],
            hundredths => database.ScriptEvaluateAsync(PutForward, keys, [(long)(lease * hundredths / 100).TotalMilliseconds]),
            ListsLostAsserts: true);
    }
}
