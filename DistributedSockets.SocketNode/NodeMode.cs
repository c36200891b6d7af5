// Whether the node is one of a cluster or alone, decided by its connection strings.
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode;

/// <summary>Whether the node is one of a cluster or alone: with neither connection string it runs on the in-memory types; with only one it refuses to start.</summary>
internal sealed record NodeMode(bool IsCluster)
{
    public const string Redis = "redis";
    public const string RabbitMq = "rabbitmq";

    public string Name => IsCluster ? "cluster" : "standalone";

    public static NodeMode Read(IConfiguration configuration)
    {
        var redis = !string.IsNullOrEmpty(configuration.GetConnectionString(Redis));
        var rabbitMq = !string.IsNullOrEmpty(configuration.GetConnectionString(RabbitMq));
        return redis == rabbitMq
            ? new NodeMode(redis)
            : throw new OptionsValidationException("ConnectionStrings", typeof(NodeMode),
                [$"ConnectionStrings__{(redis ? Redis : RabbitMq)} is set but ConnectionStrings__{(redis ? RabbitMq : Redis)} is not. A node of a cluster needs both; a node alone needs neither."]);
    }
}
