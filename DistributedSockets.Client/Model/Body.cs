using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

/// <summary>What a message says: any JSON value, at most 64 levels deep. A text alone is a JSON string; the default value is JSON's <c>null</c>.</summary>
/// <example><code>
/// await client.SendAsync("bob", "hi");
/// await client.SendAsync("bob", JsonDocument.Parse("""{"lat":52.5,"lon":13.4}""").RootElement);
/// </code></example>
public readonly struct Body
{
    private static readonly byte[] Null = "null"u8.ToArray();

    private readonly byte[]? _json;

    private Body(byte[] json) => _json = json;

    internal byte[] Json => _json ?? Null;

    /// <summary>An object as JSON, written without reflection: safe where programs are trimmed or compiled ahead of time.</summary>
    /// <param name="value">The object.</param>
    /// <param name="type">How it is written, from a context of the application's own.</param>
    /// <example><code>
    /// // [JsonSerializable(typeof(Order))] partial class MyJson : JsonSerializerContext;
    /// await client.SendAsync("bob", Body.From(new Order(17), MyJson.Default.Order));
    /// </code></example>
    public static Body From<T>(T value, JsonTypeInfo<T> type) => new(JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>A text, as a JSON string.</summary>
    /// <param name="text">The text.</param>
    /// <example><code>await client.SendAsync("bob", Body.From("hi"));</code></example>
    public static Body From(string text) => new(FrameWriter.Text(text));

    /// <summary>A JSON value, as its bytes stand.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">It is undefined.</exception>
    /// <example><code>await client.SendAsync("bob", Body.From(JsonDocument.Parse("[1,2]").RootElement));</code></example>
    public static Body From(JsonElement value) => new(JsonMarshal.GetRawUtf8Value(value).ToArray());

    /// <summary>A text, as a JSON string.</summary>
    /// <param name="text">The text.</param>
    /// <example><code>Body body = "hi";</code></example>
    public static implicit operator Body(string text) => From(text);

    /// <summary>A JSON value, as its bytes stand.</summary>
    /// <param name="value">The value.</param>
    /// <example><code>Body body = JsonDocument.Parse("[1,2]").RootElement;</code></example>
    public static implicit operator Body(JsonElement value) => From(value);
}
