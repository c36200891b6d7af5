// Puts the spans of a trace under those that caused them, on one time line.
namespace DistributedSockets.Web.Traces;

/// <param name="Depth">How many steps caused it, one the other.</param>
/// <param name="Offset">From the beginning of the trace.</param>
/// <param name="Shift">By how much it was moved, since its node's clock is behind.</param>
/// <param name="IsOrphan">What caused it has not arrived.</param>
public sealed record WaterfallRow(TraceSpan Span, int Depth, TimeSpan Offset, TimeSpan Shift, bool IsOrphan);

/// <summary>
/// A trace as it is drawn: each span below the one that caused it, siblings in the order of their beginnings. A span on another node that seems to begin before its cause is
/// moved there, with all that it has caused: clocks of two machines never agree.
/// </summary>
/// <param name="Duration">From the first beginning to the last end, both as drawn; never zero, so that one can divide by it.</param>
public sealed record Waterfall(IReadOnlyList<WaterfallRow> Rows, TimeSpan Duration)
{
    public static Waterfall Of(Trace trace)
    {
        var placed = Place(trace.Spans);
        var start = placed.Min(step => step.Start);
        var end = placed.Max(step => step.Start + step.Span.Duration);
        return new Waterfall(
            [.. placed.Select(step => new WaterfallRow(step.Span, step.Depth, step.Start - start, step.Start - step.Span.Start, step.IsOrphan))],
            end > start ? end - start : TimeSpan.FromTicks(1));
    }

    /// <summary>Where a moment lies, in per cent of the whole.</summary>
    public double Share(TimeSpan offset) => 100 * (offset / Duration);

    private static List<Step> Place(IReadOnlyList<TraceSpan> spans)
    {
        var known = spans.Select(span => span.Id).ToHashSet();
        var children = spans.ToLookup(span => span.Parent);
        var placed = new List<Step>();
        var seen = new HashSet<ulong>();
        var roots = spans.Where(span => !known.Contains(span.Parent));

        // Behind the roots come all: who is left then is in a ring of causes, which has no beginning.
        foreach (var root in roots.Concat(spans))
        {
            var isOrphan = root.Parent != 0;
            var open = new Stack<Step>([new Step(root, 0, root.Start, isOrphan)]);
            while (open.TryPop(out var step))
            {
                if (!seen.Add(step.Span.Id))
                {
                    continue;
                }

                placed.Add(step);
                foreach (var child in children[step.Span.Id].OrderByDescending(child => child.Start))
                {
                    open.Push(new Step(child, step.Depth + 1, StartOf(child, step), IsOrphan: false));
                }
            }
        }

        return placed;
    }

    private static DateTime StartOf(TraceSpan child, Step parent) =>
        child.Node == parent.Span.Node ? child.Start + (parent.Start - parent.Span.Start)
        : child.Start < parent.Start ? parent.Start
        : child.Start;

    /// <param name="Start">As drawn.</param>
    private readonly record struct Step(TraceSpan Span, int Depth, DateTime Start, bool IsOrphan);
}
