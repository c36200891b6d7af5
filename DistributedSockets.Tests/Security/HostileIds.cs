// Ids as somebody chooses them who wants to break out of a key, a routing key, a log line or a path.
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Tests.Security;

/// <summary>Ids as somebody chooses them who wants to break out of a key, a routing key, a log line or a path.</summary>
internal static class HostileIds
{
    /// <summary>Begins the line that a line break in an id would forge.</summary>
    public const string Forged = "FORGED";

    /// <summary>All obey the rules of names.</summary>
    public static readonly IReadOnlyList<string> Accepted =
    [
        "{u:alice}:inbox",
        "a}{b",
        "ds:{nodes}:alive",
        "plain:",
        "#",
        "server.#.*",
        "*?[^a]",
        "a.b..c",
        "a%7Bb%2Fc%",
        "a/b\\c?d=e&f#g",
        "\u202Eevil\u2066\u200F",
        "\uFEFFmark\u200D",
        "line\u2028sep\u2029arator",
        "\"quoted\\u0000\"",
        "<script>'--",
        "Ünï code",
        string.Concat(Enumerable.Repeat("😀", 128)),
    ];

    /// <summary>None obeys the rules of names. As JSON, in which half of a surrogate pair can be written.</summary>
    public static readonly IReadOnlyList<string> Refused =
    [
        $"\"a\\n{Forged}\"",
        $"\"a\\r\\n{Forged}\"",
        $"\"a\\u0085{Forged}\"",
        "\"a\\u0000b\"",
        "\"\\u001b[31mred\"",
        "\"\\u007f\"",
        "\" a\"",
        "\"a\\u3000\"",
        "\"\\u2028a\"",
        "\"a\\ud83d\"",
        $"\"{string.Concat(Enumerable.Repeat("😀", 129))}\"",
    ];

    /// <summary>The id itself; null for half of a surrogate pair, which only JSON can write.</summary>
    public static string? Text(string json) => json.Contains("\\ud83d\"", StringComparison.Ordinal) ? null : JsonSerializer.Deserialize<string>(json);

    /// <summary>The same within what an id of a message may have.</summary>
    public static string ForMessage(string id) => string.Concat(id.EnumerateRunes().Take(64));

    /// <summary>What must not stand in a log: it could forge a line, or turn one around.</summary>
    public static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
