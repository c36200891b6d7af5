// The key of tokens in Development, where nobody has said whose tokens count: the nodes make one up together.
using System.Security.Cryptography;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>A symmetric key that all nodes share, made up by the first who asks.</summary>
internal interface IDevelopmentKey
{
    /// <exception cref="AuthStoreUnavailableException">The store does not answer.</exception>
    Task<byte[]> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The key of nodes that live in one process.</summary>
internal sealed class InMemoryDevelopmentKey : IDevelopmentKey
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(RedisDevelopmentKey.Length);

    public Task<byte[]> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(_key);
}

/// <summary>The key in Redis. It is read anew each time: Development can afford it, and a Redis that was wiped has another one.</summary>
internal sealed class RedisDevelopmentKey(IConnectionMultiplexer redis) : IDevelopmentKey
{
    public const int Length = 64;

    private readonly IDatabase _database = redis.GetDatabase();

    public Task<byte[]> ReadAsync(CancellationToken cancellationToken) => RedisCall.AskAsync(
        async () =>
        {
            await _database.StringSetAsync(RedisKeys.DevelopmentKey, RandomNumberGenerator.GetBytes(Length), when: When.NotExists);
            return ((byte[]?)await _database.StringGetAsync(RedisKeys.DevelopmentKey))!;
        },
        (text, inner) => new AuthStoreUnavailableException(text, inner),
        nameof(ReadAsync),
        cancellationToken);
}
