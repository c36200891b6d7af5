using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

/// <summary>What a message says: any JSON value. A text alone is a JSON string.</summary>
/// <example><code>await client.SendAsync("bob", "hi"); await client.SendAsync("bob", Body.From(order, MyJson.Default.Order));</code></example>
public readonly struct Body
{
    private Body(byte[] json) => Json = json;

    internal byte[] Json { get; }

    /// <summary>An object as JSON, written without reflection.</summary>
    /// <param name="value">The object.</param>
    /// <param name="type">How it is written.</param>
    public static Body From<T>(T value, JsonTypeInfo<T> type) => new(JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>A text.</summary>
    public static Body From(string text) => new(FrameWriter.Text(text));

    /// <summary>A JSON value.</summary>
    public static Body From(JsonElement value) => new(JsonMarshal.GetRawUtf8Value(value).ToArray());

    /// <summary>A text.</summary>
    public static implicit operator Body(string text) => From(text);

    /// <summary>A JSON value.</summary>
    public static implicit operator Body(JsonElement value) => From(value);
}
