// The fields of a JSON object that a back end has sent, each by its rule.
using System.Text.Json;

namespace DistributedSockets.SocketNode.Api;

/// <summary>Reads the fields of an object. What breaks a rule reads as absent, and <see cref="Problem"/> names the first.</summary>
internal sealed class ApiFields(JsonElement body)
{
    /// <summary>What is wrong; null while nothing is.</summary>
    public string? Problem { get; private set; }

    public void Fail(string problem) => Problem ??= problem;

    /// <summary>Null where it is absent.</summary>
    public JsonElement? Find(string name) => body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) ? value : null;

    /// <summary>Null where it is absent.</summary>
    /// <param name="maxLength">How many characters it may have, and then it must have one; null for another rule.</param>
    public string? Text(string name, int? maxLength = null)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || TextOf(value) is not { } text)
        {
            Fail($"'{name}' must be a string of valid Unicode");
            return null;
        }

        if (maxLength is { } max && (text.Length == 0 || text.EnumerateRunes().Count() > max))
        {
            Fail($"'{name}' must have 1 to {max} characters");
            return null;
        }

        return text;
    }

    /// <summary>Null where it is absent.</summary>
    public int? Integer(string name, int min, int max)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail($"'{name}' must be an integer from {min} to {max}");
        return null;
    }

    /// <summary>False where it is absent.</summary>
    public bool Flag(string name)
    {
        if (Find(name) is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
        {
            Fail($"'{name}' must be true or false");
        }

        return Find(name) is { ValueKind: JsonValueKind.True };
    }

    /// <summary>Null where half of a surrogate pair was escaped.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
