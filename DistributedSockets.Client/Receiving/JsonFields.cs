// Fields of pushes: absent and of another kind are the same.
using System.Text.Json;

namespace DistributedSockets.Client;

internal static class JsonFields
{
    public static string? Text(this JsonElement push, string name) =>
        push.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static long? Number(this JsonElement push, string name) =>
        push.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    public static bool Flag(this JsonElement push, string name) =>
        push.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public static DateTimeOffset Time(this JsonElement push, string name) => DateTimeOffset.FromUnixTimeMilliseconds(push.Number(name) ?? 0);

    public static DateTimeOffset? TimeOrNull(this JsonElement push, string name) =>
        push.Number(name) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    public static IEnumerable<JsonElement> Items(this JsonElement push, string name) =>
        push.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    public static IReadOnlyList<string> Texts(this JsonElement push, string name) =>
        [.. push.Items(name).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
}
