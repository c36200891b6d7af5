// The events that are no frames: the first one and the last one.
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.SocketNode.Sse;

/// <summary>The events that are no frames.</summary>
internal static class SseEvents
{
    /// <summary>The first one: where the client posts, and what shows that it is the one.</summary>
    public static void WriteOpen(IBufferWriter<byte> output, SseOpen open)
    {
        output.Write("event: open\ndata: "u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(open, SseJson.Default.SseOpen));
        output.Write("\n\n"u8);
    }

    /// <summary>The last one.</summary>
    /// <param name="payload">What a close frame carries: a code, and a reason.</param>
    public static void WriteClose(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        var close = new SseClose(BinaryPrimitives.ReadUInt16BigEndian(payload), Encoding.UTF8.GetString(payload[sizeof(ushort)..]));
        output.Write("event: close\ndata: "u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(close, SseJson.Default.SseClose));
        output.Write("\n\n"u8);
    }
}

/// <param name="Connection">The name under which the node knows the stream.</param>
/// <param name="Key">What every post has to show.</param>
/// <param name="Url">Where to post.</param>
internal sealed record SseOpen(string Connection, string Key, string Url);

internal sealed record SseClose(int Code, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SseOpen))]
[JsonSerializable(typeof(SseClose))]
internal sealed partial class SseJson : JsonSerializerContext;
