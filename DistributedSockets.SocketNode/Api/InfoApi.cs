// GET /info: which node this is and how much it holds.
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.SocketNode.Api;

internal static class InfoApi
{
    public static void MapInfo(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/info", (
        NodeIdentity identity, NodeStatus status, ConnectionTable table, NodeMode mode, IHostEnvironment environment) => TypedResults.Json(
            new NodeInfoBody(
                identity.Node.Value,
                status.Self.Number,
                identity.Info.StartedAt,
                table.ConnectionCount,
                table.UserCount,
                mode.Name,
                NodeIdentity.Version,
                environment.IsDevelopment() ? Environment.ProcessId : null),
            InfoJson.Default.NodeInfoBody));
}

/// <param name="Incarnation">The number of this boot; 0 before the node has its lease.</param>
/// <param name="StartedAt">Milliseconds since 1970 UTC.</param>
/// <param name="Mode"><c>cluster</c> or <c>standalone</c>.</param>
/// <param name="Pid">In Development only.</param>
internal sealed record NodeInfoBody(string Node, long Incarnation, long StartedAt, int Connections, int Users, string Mode, string Version, int? Pid);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeInfoBody))]
internal sealed partial class InfoJson : JsonSerializerContext;
