// An event as it is posted.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>An event as it is posted: <c>{"id":"…","type":"user.offline","at":1764000003950,"data":{"user":"bob","v":8,"since":1764000003950}}</c>.</summary>
internal static class HookBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(HookEvent told)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("id", told.Id);
            writer.WriteString("type", told.Data.Type);
            writer.WriteNumber("at", told.At);
            writer.WriteStartObject("data");
            writer.WriteString(told.Owner.IsRoom ? "room" : "user", told.Owner.Name);
            WriteData(writer, told.Data);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteData(Utf8JsonWriter writer, HookData data)
    {
        switch (data)
        {
            case PresenceHook presence:
                writer.WriteNumber("v", presence.Version);
                writer.WriteNumber("since", presence.Since);
                break;
            case StoredHook stored:
                WriteStored(writer, stored);
                break;
            case RoomHook room:
                writer.WriteString("user", room.User.Value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(data), data.Type, null);
        }
    }

    private static void WriteStored(Utf8JsonWriter writer, StoredHook stored)
    {
        writer.WriteString("from", stored.From.Value);
        writer.WriteString("mid", stored.Id.Value);
        writer.WriteNumber("seq", stored.Seq);
        writer.WriteNumber("ts", stored.StoredAt);
        if (stored.ContentType is not null)
        {
            writer.WriteString("ct", stored.ContentType);
        }

        if (!stored.Body.IsEmpty)
        {
            writer.WritePropertyName("body");

            // One complete value since it was taken in.
            writer.WriteRawValue(stored.Body.Span, skipInputValidation: true);
        }
    }
}
