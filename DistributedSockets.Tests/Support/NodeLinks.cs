// A node's links to Redis and RabbitMQ, each through a proxy that a test can cut.
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace DistributedSockets.Tests.Support;

/// <summary>A node's links to Redis and RabbitMQ, put between them by changing its connection strings in the AppHost's model.</summary>
internal sealed class NodeLinks : IAsyncDisposable
{
    private TcpProxy? _redis;
    private TcpProxy? _rabbitMq;

    public TcpProxy Redis => _redis!;

    public TcpProxy RabbitMq => _rabbitMq!;

    public void Insert(IDistributedApplicationTestingBuilder builder, IResourceBuilder<ProjectResource> node)
    {
        var redis = builder.CreateResourceBuilder<RedisResource>("redis").Resource;
        var rabbitMq = builder.CreateResourceBuilder<RabbitMQServerResource>("rabbitmq").Resource;

        // Asked when the node starts, because the servers have their ports by then; asked again at a restart, which keeps the links.
        node.WithEnvironment(async context =>
        {
            _redis ??= Start(redis.PrimaryEndpoint);
            _rabbitMq ??= Start(rabbitMq.PrimaryEndpoint);
            context.EnvironmentVariables["ConnectionStrings__redis"] =
                By(_redis, redis.PrimaryEndpoint, await redis.ConnectionStringExpression.GetValueAsync(context.CancellationToken));
            context.EnvironmentVariables["ConnectionStrings__rabbitmq"] =
                By(_rabbitMq, rabbitMq.PrimaryEndpoint, await rabbitMq.ConnectionStringExpression.GetValueAsync(context.CancellationToken));
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in (TcpProxy?[])[_redis, _rabbitMq])
        {
            if (proxy is not null)
            {
                await proxy.DisposeAsync();
            }
        }
    }

    private static TcpProxy Start(EndpointReference server) => TcpProxy.Start(server.Host, server.Port);

    private static string By(TcpProxy proxy, EndpointReference server, string? address) =>
        address!.Replace($"{server.Host}:{server.Port}", $"127.0.0.1:{proxy.Port}", StringComparison.Ordinal);
}
