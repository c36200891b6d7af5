// The Redis that the tests share.
using Aspire.Hosting;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(DistributedSockets.Tests.Support.RedisFixture))]

namespace DistributedSockets.Tests.Support;

/// <summary>The Redis that the tests share. A test class has a logical database of its own in it and empties that before each test.</summary>
public class RedisFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TestServer _server;

    public RedisFixture()
        : this("--appendonly", "yes", "--appendfsync", "always")
    {
    }

    private protected RedisFixture(params string[] settings) => _server = new("redis", builder => builder.AddRedis("redis").WithArgs(settings));

    /// <summary>Connects as a node does, to an empty database.</summary>
    public async Task<IConnectionMultiplexer> ConnectAsync(int database)
    {
        var options = ConfigurationOptions.Parse(await _server.ConnectionStringAsync());
        options.DefaultDatabase = database;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AllowAdmin = true;
        var redis = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await redis.GetServers()[0].FlushDatabaseAsync(database);
        return redis;
    }

    /// <summary>Connects, as a node does, to a port where nothing listens.</summary>
    public static Task<ConnectionMultiplexer> ConnectToNobodyAsync() => ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
    {
        EndPoints = { "127.0.0.1:1" },
        AbortOnConnectFail = false,
        BacklogPolicy = BacklogPolicy.FailFast,
        ConnectTimeout = 200,
    });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
