// The two frames of the plain profile, as docs/protocol.md has them.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Web.Chat;

/// <summary><c>{"to":"bob","body":"hi"}</c></summary>
internal sealed record OutgoingFrame(string To, string Body)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ChatJson.Unescaped.OutgoingFrame);
}

/// <summary><c>{"from":"alice","to":"bob","body":"hi"}</c>; the body is any JSON value.</summary>
internal sealed record IncomingFrame(string From, string To, JsonElement Body)
{
    public static bool TryParse(ReadOnlySpan<byte> frame, out IncomingFrame? parsed)
    {
        try
        {
            parsed = JsonSerializer.Deserialize(frame, ChatJson.Unescaped.IncomingFrame);
            return parsed is not null;
        }
        catch (JsonException)
        {
            parsed = null;
            return false;
        }
    }

    public bool HasText => Body.ValueKind == JsonValueKind.String;

    /// <summary>A string as itself, anything else as its JSON.</summary>
    public string BodyText
    {
        get
        {
            try
            {
                return HasText ? Body.GetString()! : Body.GetRawText();
            }
            catch (InvalidOperationException)
            {
                // Half a surrogate pair ("\ud83d") is JSON, but no text.
                return Body.GetRawText();
            }
        }
    }
}

[JsonSerializable(typeof(OutgoingFrame))]
[JsonSerializable(typeof(IncomingFrame))]
internal sealed partial class ChatJson : JsonSerializerContext
{
    // Escapes only what JSON demands, as the nodes do; the attribute form of these options has no encoder.
    public static ChatJson Unescaped { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    });
}
