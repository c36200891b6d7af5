// All that has arrived of one trace so far.
namespace DistributedSockets.Web.Traces;

/// <summary>What has arrived of one trace so far. Never changes once it was handed out; there is at least one span.</summary>
/// <param name="Spans">In the order of their beginnings.</param>
/// <param name="Omitted">Spans that were too many to keep.</param>
public sealed record Trace(UInt128 Id, IReadOnlyList<TraceSpan> Spans, int Omitted)
{
    /// <summary>What began it; while that has not arrived, the earliest span.</summary>
    public TraceSpan Root { get; } = Spans.FirstOrDefault(span => span.Parent == 0) ?? Spans[0];

    public DateTime Start { get; } = Spans[0].Start;

    public TimeSpan Duration { get; } = Spans.Max(span => span.End) - Spans[0].Start;

    /// <summary>In the order in which it reached them.</summary>
    public IReadOnlyList<string> Nodes { get; } = [.. Spans.Select(span => span.Node).Distinct()];

    /// <summary>Whose message it is, and to whom it went: the users that its spans name, in the order of their steps.</summary>
    public IReadOnlyList<string> Users { get; } =
        [.. Spans.SelectMany(span => span.Attributes).Where(attribute => attribute.Key == "ds.user").Select(attribute => attribute.Value).Distinct()];

    public int Errors { get; } = Spans.Count(span => span.Error is not null);
}
