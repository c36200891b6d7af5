// Fields of pushes: absent and of another kind are the same, and nothing that a node could send throws.
using System.Text.Json;

namespace DistributedSockets.Client;

internal static class JsonFields
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    public static JsonElement? Field(this JsonElement push, string name, JsonValueKind kind) =>
        push.ValueKind == JsonValueKind.Object && push.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    public static string? Text(this JsonElement push, string name)
    {
        try
        {
            return push.Field(name, JsonValueKind.String)?.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, escaped: no text.
            return null;
        }
    }

    public static long? Number(this JsonElement push, string name) =>
        push.Field(name, JsonValueKind.Number) is { } value && value.TryGetInt64(out var number) ? number : null;

    public static bool Flag(this JsonElement push, string name) => push.Field(name, JsonValueKind.True) is not null;

    /// <summary>Any value; undefined where there is none.</summary>
    public static JsonElement Value(this JsonElement push, string name) =>
        push.ValueKind == JsonValueKind.Object && push.TryGetProperty(name, out var value) ? value : default;

    public static DateTimeOffset Time(this JsonElement push, string name) => push.TimeOrNull(name) ?? DateTimeOffset.UnixEpoch;

    public static DateTimeOffset? TimeOrNull(this JsonElement push, string name) =>
        push.Number(name) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, Earliest, Latest)) : null;

    /// <summary>A length of time, of an hour at most.</summary>
    public static TimeSpan? Milliseconds(this JsonElement push, string name) =>
        push.Number(name) is { } ms ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, 3_600_000)) : null;

    /// <summary>How long to wait before what was refused is tried again.</summary>
    public static TimeSpan Retry(this JsonElement error)
    {
        var told = error.Milliseconds("retryMs") ?? TimeSpan.FromSeconds(1);
        return told < LongestRetry ? told : LongestRetry;
    }

    public static IEnumerable<JsonElement> Items(this JsonElement push, string name) =>
        push.Field(name, JsonValueKind.Array) is { } list ? list.EnumerateArray() : [];

    public static IReadOnlyList<string> Texts(this JsonElement push, string name) =>
        [.. push.Items(name).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
}
