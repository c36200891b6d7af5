// Whether a JSON value is what a schema of the API's document says: of JSON Schema, the part that the document uses.
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>Whether a JSON value is what a schema of the API's document says. A member that the schema does not have is wrong, too: a document is to be complete.</summary>
internal sealed class DocumentSchemas(JsonElement document)
{
    public IReadOnlyList<string> Problems(JsonElement schema, JsonElement value) => [.. Check(schema, value, "$")];

    private IEnumerable<string> Check(JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Check(reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(document, (place, name) => place.GetProperty(name)), value, at);
        }

        if (schema.TryGetProperty("oneOf", out var choices))
        {
            return choices.EnumerateArray().Any(choice => !Check(choice, value, at).Any()) ? [] : [$"{at} is none of the choices"];
        }

        if (!schema.TryGetProperty("type", out var type))
        {
            return [];
        }

        var kind = KindOf(value);
        string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString()!)] : [type.GetString()!];
        return !types.Contains(kind) && !(kind == "integer" && types.Contains("number")) ? [$"{at} is {kind}, not {string.Join('|', types)}"]
            : kind == "object" ? CheckMembers(schema, value, at)
            : kind == "array" ? value.EnumerateArray().SelectMany((item, index) => Check(schema.GetProperty("items"), item, $"{at}[{index}]"))
            : [];
    }

    private IEnumerable<string> CheckMembers(JsonElement schema, JsonElement value, string at)
    {
        var known = schema.GetProperty("properties");
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];
        return required.Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{at}.{name} is missing")
            .Concat(value.EnumerateObject().SelectMany(member =>
                known.TryGetProperty(member.Name, out var property) ? Check(property, member.Value, $"{at}.{member.Name}") : [$"{at}.{member.Name} is not in the document"]));
    }

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.String => "string",
        JsonValueKind.Array => "array",
        _ => "object",
    };
}
