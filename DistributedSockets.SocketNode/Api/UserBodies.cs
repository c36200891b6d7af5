// What /api/users takes and gives.
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Api;

[OmitsNulls]
internal sealed record UserBody(
    string User,
    bool Online,
    [property: Description("Since when they are online, or last were: milliseconds since 1970. Absent for one who never was.")] long? Since,
    [property: Description("Any JSON value that the user has set.")] JsonElement? Status,
    [property: Description("The version of the presence; 0 for one of whom nothing is known.")] long V,
    IReadOnlyList<SessionBody> Sessions,
    [property: Description("Those that are not connected, as far as they are known.")] IReadOnlyList<DeviceBody> Devices,
    DepthBody Inbox,
    IReadOnlyList<string> Rooms);

[OmitsNulls]
internal sealed record SessionBody(string? Device, [property: Description("In place of a device: a plain connection.")] bool? Plain, string Node, string Connection, long Since)
{
    public static SessionBody Of(Session session) =>
        new(UserLook.NameOf(session.Device), UserLook.IsPlain(session.Device), session.Node.Node.Value, session.Connection.Value, session.Since);
}

[OmitsNulls]
internal sealed record DeviceBody(string? Device, bool? Plain, [property: Description("When it was last connected.")] long Seen);

[OmitsNulls]
internal sealed record DepthBody(
    [property: Description("The last number given out.")] long Seq,
    [property: Description("The highest that a device has acknowledged.")] long Delivered,
    [property: Description("Messages that are neither delivered nor expired nor failed.")] long Pending,
    [property: Description("Of their bodies.")] long Bytes,
    string? Epoch);

[OmitsNulls]
internal sealed record InboxBody(long Seq, long Delivered, long Pending, long Bytes, string? Epoch, IReadOnlyList<EntryBody> Entries, bool More);

[OmitsNulls]
internal sealed record EntryBody(
    long Seq,
    [property: Description("msg or receipt.")] string Type,
    [property: Description("Who sent the message, or owes the receipt.")] string From,
    string Mid,
    long Ts,
    [property: Description("The sender's own; a message without one is fast.")] string? Id,
    string? Ct,
    [property: Description("Of the body.")] int Bytes)
{
    public static EntryBody Of(Envelope envelope) => new(
        envelope.Seq, envelope.Kind == EnvelopeKind.Receipt ? "receipt" : "msg", envelope.From.Value, envelope.Id.Value, envelope.SentAt, envelope.ClientId, envelope.ContentType,
        envelope.Body.Length);
}

internal sealed record ClearedBody(long Removed);

// For the document alone: UsersApi reads the fields one by one.

/// <summary>Which connections are closed, and what they are told.</summary>
[OmitsNulls]
internal sealed record DisconnectBody(
    [property: Description("4000 to 4299, 4003 if absent; its band tells a client what to do. Plain connections get 1008, 1013 or 1012.")] int? Code,
    [property: Description("1 to 123 bytes of UTF-8.")] string? Reason,
    [property: Description("Only the connections of this device.")] string? Device);

internal sealed record DisconnectedBody(int Connections);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserBody))]
[JsonSerializable(typeof(InboxBody))]
[JsonSerializable(typeof(ClearedBody))]
[JsonSerializable(typeof(DisconnectedBody))]
internal sealed partial class UsersJson : JsonSerializerContext;
