// GET /api/cluster: every living node with its load, whether Redis keeps what it was given, and the ledger.
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using Microsoft.AspNetCore.Mvc;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Api;

internal static class ClusterApi
{
    public static void MapCluster(this IEndpointRouteBuilder api) => api.MapGet("/cluster", async (
        HttpContext context, IConnectionRegistry registry, IInboxUpkeep upkeep, INodeBus bus, [FromServices] RedisDurability? durability, [FromServices] IConnectionMultiplexer? redis, IHostEnvironment environment, CancellationToken cancellationToken) =>
    {
        try
        {
            var nodes = await registry.ReadNodesAsync(cancellationToken);
            var ledger = await upkeep.ReadLedgerAsync(cancellationToken);
            return Results.Json(
                new ClusterBody(
                    [.. nodes.Living.OrderBy(node => node.Key.Node.Value, StringComparer.Ordinal).ThenBy(node => node.Key.Number).Select(node => Describe(node.Key, node.Value, environment))],
                    Describe(redis?.GetServers().FirstOrDefault(server => server.IsConnected), durability),
                    new RabbitMqBody(bus.BrokerVersion),
                    ledger),
                ClusterJson.Default.ClusterBody);
        }
        catch (Exception exception) when (exception is RegistryUnavailableException or InboxUnavailableException)
        {
            return Problems.Unavailable(context);
        }
    })
        .Describe("getCluster", "Cluster", "The cluster at a glance", "Every living node with its load as of its last renewal, whether Redis keeps what it was given, and the ledger of all messages.")
        .Gives<ClusterBody>(200, "The cluster", ClusterExamples.Cluster);

    private static ClusterNodeBody Describe(NodeIncarnation node, NodeInfo? info, IHostEnvironment environment) => new(
        node.Node.Value,
        node.Number,
        info?.Url,
        info?.Host,
        info?.Version,
        info?.StartedAt,
        info?.Draining ?? false,
        info?.Load?.Connections,
        info?.Load?.Users,
        info?.Load?.InPerSecond,
        info?.Load?.OutPerSecond,
        info?.Load?.ProbeMs,
        info?.Load?.Work?.LocalPerSecond,
        info?.Load?.Work?.RemotePerSecond,
        info?.Load?.Work?.InboxPerSecond,
        info?.Load?.Work?.SendQueue,
        info?.Load?.Work?.Lanes,
        info?.Load?.Work?.BusQueue,
        info?.Load?.Work?.Memory,
        info?.Load?.Work?.Bus,
        environment.IsDevelopment() ? info?.ProcessId : null);

    private static RedisBody Describe(IServer? server, RedisDurability? durability) => new(
        durability?.IsDurable, durability?.AppendOnly, durability?.AppendFsync, server?.Version.ToString(), server is null ? null : server.IsReplica ? "replica" : "master");
}

/// <param name="Ledger">Over all users, as of their last visits.</param>
internal sealed record ClusterBody(IReadOnlyList<ClusterNodeBody> Nodes, RedisBody Redis, [property: JsonPropertyName("rabbitmq")] RabbitMqBody RabbitMq, Ledger Ledger);

/// <summary>A living node, as it told about itself with its last renewal; null where its version tells nothing.</summary>
/// <param name="Pid">In Development only.</param>
internal sealed record ClusterNodeBody(
    string Node,
    long Incarnation,
    string? Url,
    string? Host,
    string? Version,
    long? StartedAt,
    bool Draining,
    int? Connections,
    int? Users,
    double? InPerSecond,
    double? OutPerSecond,
    double? ProbeMs,
    double? LocalPerSecond,
    double? RemotePerSecond,
    double? InboxPerSecond,
    int? SendQueue,
    int? Lanes,
    int? BusQueue,
    long? Memory,
    string? Bus,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Pid);

/// <param name="Durable">Null while it is not known, and in a node that runs alone.</param>
internal sealed record RedisBody(bool? Durable, string? AppendOnly, string? AppendFsync, string? Version, string? Role);

/// <param name="Version">Null while the node that was asked is not connected, and in a node that runs alone.</param>
internal sealed record RabbitMqBody(string? Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClusterBody))]
internal sealed partial class ClusterJson : JsonSerializerContext;
