// What the nodes' API answers, as far as the pages show it: docs/protocol.md has the rest.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Web.Cluster;

/// <summary>The answer to <c>GET /api/cluster</c>.</summary>
internal sealed record ClusterReport(IReadOnlyList<ReportedNode> Nodes, RedisReport Redis, [property: JsonPropertyName("rabbitmq")] BrokerReport? RabbitMq, Ledger Ledger);

/// <summary>A living node as it told about itself; null what its version does not tell.</summary>
public sealed record ReportedNode(
    string Node,
    long Incarnation,
    string? Url,
    string? Host,
    bool Draining,
    long? Connections,
    long? Users,
    double? InPerSecond,
    double? OutPerSecond,
    double? ProbeMs,
    double? LocalPerSecond,
    double? RemotePerSecond,
    double? InboxPerSecond,
    long? SendQueue,
    long? Lanes,
    long? BusQueue,
    long? Memory,
    string? Bus);

/// <param name="Durable">Null while it is not known, and where there is no Redis.</param>
internal sealed record RedisReport(bool? Durable, string? AppendOnly, string? AppendFsync, string? Version, string? Role);

internal sealed record BrokerReport(string? Version);

/// <summary>What became of all messages that were accepted.</summary>
/// <param name="Difference">0, or the books are wrong.</param>
public sealed record Ledger(long Accepted, long Delivered, long Expired, long Failed, long Pending, long Difference);

/// <param name="Next">Where the list goes on; null when that was all.</param>
internal sealed record UserList(IReadOnlyList<ListedUser> Users, string? Next);

internal sealed record ListedUser(string User, IReadOnlyList<UserSession> Sessions);

/// <param name="Device">Null for a plain connection.</param>
/// <param name="Since">Milliseconds since 1970 UTC, as all times here.</param>
internal sealed record UserSession(string? Device, string Node, string Connection, long Since);

internal sealed record UserDetail(
    string User, bool Online, long? Since, JsonElement? Status, IReadOnlyList<UserSession> Sessions, IReadOnlyList<AwayDevice> Devices, InboxDepth Inbox, IReadOnlyList<string> Rooms);

/// <param name="Device">Null for what plain connections share.</param>
internal sealed record AwayDevice(string? Device, long Seen);

internal sealed record InboxDepth(long Seq, long Delivered, long Pending, long Bytes);

internal sealed record InboxPage(IReadOnlyList<InboxEntry> Entries, bool More);

internal sealed record InboxEntry(long Seq, string Type, string From, long Ts, int Bytes);

internal sealed record RoomList(IReadOnlyList<ListedRoom> Rooms, string? Next);

internal sealed record ListedRoom(string Room, long Members);

internal sealed record RoomDetail(string Room, long Members, long Rseq, long Messages);

internal sealed record MemberList(IReadOnlyList<RoomMember> Members, long Count, bool More);

internal sealed record RoomMember(string User, long Since);

internal sealed record RoomHistory(IReadOnlyList<RoomEntry> Messages, bool More);

/// <param name="Body">Null for one that was deleted.</param>
internal sealed record RoomEntry(string From, JsonElement? Body, long Ts, long Rseq, long? Edited, long? Deleted);

internal sealed record Disconnect(string? Device, string Reason);

internal sealed record Disconnected(long Connections);

internal sealed record Cleared(long Removed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ClusterReport))]
[JsonSerializable(typeof(UserList))]
[JsonSerializable(typeof(UserDetail))]
[JsonSerializable(typeof(InboxPage))]
[JsonSerializable(typeof(RoomList))]
[JsonSerializable(typeof(RoomDetail))]
[JsonSerializable(typeof(MemberList))]
[JsonSerializable(typeof(RoomHistory))]
[JsonSerializable(typeof(Disconnect))]
[JsonSerializable(typeof(Disconnected))]
[JsonSerializable(typeof(Cleared))]
internal sealed partial class NodeApiJson : JsonSerializerContext;
