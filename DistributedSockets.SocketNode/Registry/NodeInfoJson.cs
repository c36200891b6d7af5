// What a node tells about itself, as the registry keeps it.
using System.Text.Json.Serialization;

namespace DistributedSockets.SocketNode.Registry;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NodeInfo))]
internal sealed partial class NodeInfoJson : JsonSerializerContext;
