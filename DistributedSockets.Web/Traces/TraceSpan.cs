// One span as a node has exported it.
using System.Globalization;

namespace DistributedSockets.Web.Traces;

public enum SpanKind
{
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// <summary>A step of a message's way on one node.</summary>
/// <param name="Trace">What the step is a part of.</param>
/// <param name="Parent">The step that caused it; 0 when none did.</param>
/// <param name="Node">The process that took it, as its telemetry is named.</param>
/// <param name="Error">What went wrong, in the node's words, which may be none; null when nothing did.</param>
/// <param name="Links">Other traces that it carried along, such as messages that were published together.</param>
/// <param name="Omitted">Attributes, events and links that were too many to keep.</param>
public sealed record TraceSpan(
    UInt128 Trace,
    ulong Id,
    ulong Parent,
    string Node,
    string Name,
    SpanKind Kind,
    DateTime Start,
    TimeSpan Duration,
    string? Error,
    IReadOnlyList<KeyValuePair<string, string>> Attributes,
    IReadOnlyList<SpanEvent> Events,
    IReadOnlyList<UInt128> Links,
    int Omitted)
{
    // An object, its references and its lists, roughly; texts are counted at two bytes a character.
    private const int FixedBytes = 300;
    private const int EntryBytes = 60;

    public DateTime End => Start + Duration;

    /// <summary>About what it takes in memory.</summary>
    public int Bytes => FixedBytes
        + (2 * (Name.Length + Node.Length + (Error?.Length ?? 0)))
        + SizeOf(Attributes)
        + Events.Sum(happening => EntryBytes + (2 * happening.Name.Length) + SizeOf(happening.Attributes))
        + (Links.Count * 16);

    private static int SizeOf(IReadOnlyList<KeyValuePair<string, string>> attributes) =>
        attributes.Sum(attribute => EntryBytes + (2 * (attribute.Key.Length + attribute.Value.Length)));
}

/// <summary>Something that happened at one moment within a span, such as an exception.</summary>
public sealed record SpanEvent(DateTime At, string Name, IReadOnlyList<KeyValuePair<string, string>> Attributes);

/// <summary>A trace's id as people see it: 32 hexadecimal digits.</summary>
internal static class TraceId
{
    public static string Format(UInt128 id) => id.ToString("x32", CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out UInt128 id)
    {
        id = default;
        return text?.Length == 32 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
