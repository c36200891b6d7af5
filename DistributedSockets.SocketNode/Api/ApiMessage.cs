// A message that a back end sends.
using System.Runtime.InteropServices;
using System.Text.Json;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Api;

/// <summary>A message that a back end sends, to a user or to a room.</summary>
/// <param name="Body">One complete JSON value in UTF-8: the bytes that came.</param>
/// <param name="ClientId">The back end's own id, or one of the node's making; empty for one that is not stored.</param>
internal sealed record ApiMessage(UserId From, UserId? To, RoomId? Room, ReadOnlyMemory<byte> Body, string ClientId)
{
    public const int MaxId = 64;
    private const int MaxContentType = 128;
    private const int MaxTtl = 2_592_000;

    /// <summary>Whether it goes to who is connected now, and to nobody else.</summary>
    public bool IsLive => ClientId.Length == 0;

    public int TtlSeconds { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Reads a message, or says what is wrong with it.</summary>
    /// <param name="key">The id that the request gives it; null for none.</param>
    /// <param name="isStrict">Whether an <c>id</c> of its own that is another one is wrong.</param>
    /// <param name="maxBytes">Bytes of a body.</param>
    public static ApiMessage? Read(JsonElement json, string? key, bool isStrict, int maxBytes, out ApiRefusal? refusal)
    {
        refusal = null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            refusal = ApiRefusal.BadRequest("a message must be an object");
            return null;
        }

        var fields = new ApiFields(json);
        var from = fields.Text("from");
        var to = fields.Text("to");
        var room = fields.Text("room");
        var id = fields.Text("id", MaxId);
        var contentType = fields.Text("ct", MaxContentType);
        var ttl = fields.Integer("ttl", 1, MaxTtl) ?? 0;
        var isLive = fields.Flag("live");
        if (fields.Find("body") is not { } body)
        {
            fields.Fail("'body' is required");
        }
        else if (isStrict && id is not null && key is not null && id != key)
        {
            fields.Fail("'id' and Idempotency-Key are different");
        }
        else if ((to is null) == (room is null))
        {
            fields.Fail("either 'to' or 'room' is required");
        }
        else if (isLive && (room is null || id is not null || key is not null))
        {
            fields.Fail("'live' is for messages to a room, without an id: they are not stored");
        }
        else if (IdRules.Problem(from, "from") is { } nobody)
        {
            fields.Fail(nobody);
        }
        else if (fields.Problem is null && WhyNot(to, room) is { } notThere)
        {
            refusal = notThere;
        }
        else if (fields.Problem is null && JsonMarshal.GetRawUtf8Value(body) is var bytes && bytes.Length > maxBytes)
        {
            refusal = ApiRefusal.TooLarge($"'body' has more than {maxBytes} bytes", LimitNames.ApiBytes);
        }
        else if (fields.Problem is null)
        {
            return new ApiMessage(
                new UserId(from!), to is null ? null : new UserId(to), room is null ? null : new RoomId(room), JsonMarshal.GetRawUtf8Value(body).ToArray(),
                isLive ? "" : id ?? key ?? Guid.NewGuid().ToString("N"))
            {
                TtlSeconds = ttl,
                ContentType = contentType,
            };
        }

        refusal ??= ApiRefusal.BadRequest(fields.Problem!);
        return null;
    }

    private static ApiRefusal? WhyNot(string? to, string? room) =>
        IdRules.Problem(to ?? room, to is null ? "room" : "to") is { } problem ? ApiRefusal.BadRecipient(problem)
        : room is not null && new RoomId(room) is { IsReserved: true } reserved && reserved != RoomId.Everyone ? ApiRefusal.Forbidden("rooms whose names begin with 'ds.' are the system's")
        : null;
}
