// The lines of a small chart as SVG paths.
using System.Globalization;
using System.Text;

namespace DistributedSockets.Web.Cluster;

/// <summary>The lines of a small chart: a unit to the right for each part of the time, which ends with <c>now</c>.</summary>
internal static class SparkPath
{
    /// <summary>Nobody looked: over so many missing parts a line would say what nobody knows. At the slow pace there is one for every second part.</summary>
    private const int LongestStep = 4;

    /// <summary>Broken where the node was away and where nobody looked for long.</summary>
    public static string Line(IReadOnlyList<NodeSample> samples, Func<NodeSample, double?> valueOf, long now, int height, double max)
    {
        var path = new StringBuilder();
        foreach (var run in Runs(samples, valueOf))
        {
            foreach (var (index, (bucket, value)) in run.Index())
            {
                Append(path, index == 0 ? 'M' : 'L', X(bucket, now), Y(value, height, max));
            }

            if (run.Count == 1)
            {
                path.Append("h.01");
            }
        }

        return path.ToString();
    }

    /// <summary>What is under the line.</summary>
    public static string Area(IReadOnlyList<NodeSample> samples, Func<NodeSample, double?> valueOf, long now, int height, double max)
    {
        var path = new StringBuilder();
        foreach (var run in Runs(samples, valueOf).Where(run => run.Count > 1))
        {
            Append(path, 'M', X(run[0].Bucket, now), height);
            foreach (var (bucket, value) in run)
            {
                Append(path, 'L', X(bucket, now), Y(value, height, max));
            }

            Append(path, 'L', X(run[^1].Bucket, now), height);
            path.Append('Z');
        }

        return path.ToString();
    }

    /// <summary>When the node was away: from where, and how long.</summary>
    public static IEnumerable<(long From, long Length)> Gaps(IReadOnlyList<NodeSample> samples, long now)
    {
        long? from = null;
        foreach (var sample in samples)
        {
            if (sample.IsThere && from is { } start)
            {
                yield return (X(start, now), sample.Bucket - start);
                from = null;
            }
            else if (!sample.IsThere)
            {
                from ??= sample.Bucket;
            }
        }

        if (from is { } open)
        {
            yield return (X(open, now), now - open + 1);
        }
    }

    private static List<List<(long Bucket, double Value)>> Runs(IReadOnlyList<NodeSample> samples, Func<NodeSample, double?> valueOf)
    {
        var runs = new List<List<(long Bucket, double Value)>>();
        long? last = null;
        foreach (var sample in samples)
        {
            if (valueOf(sample) is not { } value)
            {
                last = null;
                continue;
            }

            if (last is null || sample.Bucket - last > LongestStep)
            {
                runs.Add([]);
            }

            runs[^1].Add((sample.Bucket, value));
            last = sample.Bucket;
        }

        return runs;
    }

    private static long X(long bucket, long now) => bucket - now + ClusterHistory.Buckets - 1;

    private static double Y(double value, int height, double max) => Math.Round(height - 1 - ((height - 2) * value / max), 1);

    private static void Append(StringBuilder path, char command, long x, double y) => path.Append(CultureInfo.InvariantCulture, $"{command}{x} {y}");
}
