// Which traces are shown.
namespace DistributedSockets.Web.Traces;

/// <param name="Node">One that it has touched.</param>
/// <param name="Text">In a name, an attribute's value (a user, a message's id) or the trace's id.</param>
/// <param name="Shortest">It took so long at least.</param>
/// <param name="ErrorsOnly">Something has failed in it.</param>
public sealed record TraceFilter(string? Node = null, string? Text = null, TimeSpan Shortest = default, bool ErrorsOnly = false)
{
    public bool IsEmpty => this == new TraceFilter() || this == new TraceFilter(Text: "");

    public bool Fits(Trace trace) =>
        (!ErrorsOnly || trace.Errors > 0)
        && trace.Duration >= Shortest
        && (string.IsNullOrEmpty(Node) || trace.Nodes.Contains(Node))
        && (string.IsNullOrEmpty(Text) || Has(TraceId.Format(trace.Id)) || trace.Spans.Any(HasText));

    private bool HasText(TraceSpan span) => Has(span.Name) || (span.Error is { } error && Has(error)) || span.Attributes.Any(attribute => Has(attribute.Value));

    private bool Has(string text) => text.Contains(Text!, StringComparison.OrdinalIgnoreCase);
}
