// Commands as bytes: one JSON object each.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DistributedSockets.Client.Sending;

internal static class FrameWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static byte[] Write(string type, Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            fields(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A text as a JSON value.</summary>
    public static byte[] Text(string text)
    {
        var buffer = new ArrayBufferWriter<byte>(text.Length + 16);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStringValue(text);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Acknowledge(string? room, long seq) => Write("ack", writer =>
    {
        if (room is not null)
        {
            writer.WriteString("room", room);
        }

        writer.WriteNumber(room is null ? "seq" : "rseq", seq);
    });

    public static void WriteTarget(this Utf8JsonWriter writer, Target target)
    {
        ArgumentException.ThrowIfNullOrEmpty(target.Name, nameof(target));
        writer.WriteString(target.IsRoom ? "room" : "to", target.Name);
    }

    public static void WriteBody(this Utf8JsonWriter writer, Body body)
    {
        writer.WritePropertyName("body");
        writer.WriteRawValue(body.Json, skipInputValidation: true);
    }

    public static void WriteIfAny(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    public static void WriteIfAny(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }
}
