// The last 15 minutes of every node, for the charts.
namespace DistributedSockets.Web.Cluster;

/// <summary>A node in one part of the time that the charts show.</summary>
/// <param name="IsThere">Whether it answered, in all of it.</param>
public readonly record struct NodeSample(
    long Bucket, bool IsThere, double? Connections, double? In, double? Out, double? Local, double? Remote, double? Inbox, double? ProbeMs, double? Waiting, double? Memory);

/// <summary>
/// The last 15 minutes of every node. Pictures come every two seconds or every ten; a chart has a point for six, of which it shows the highest: a burst is seen, and a page
/// is sent no more than it can draw.
/// </summary>
internal sealed class ClusterHistory(TimeProvider time)
{
    public const int Buckets = 150;

    public static readonly TimeSpan BucketLength = TimeSpan.FromSeconds(6);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<NodeSample>> _samples = [];

    /// <summary>The part of the time that is now.</summary>
    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds() / (long)BucketLength.TotalMilliseconds;

    public void Add(ClusterSnapshot picture)
    {
        var now = Now;
        lock (_gate)
        {
            foreach (var node in picture.Nodes)
            {
                if (!_samples.TryGetValue(node.Address.Name, out var samples))
                {
                    _samples.Add(node.Address.Name, samples = []);
                }

                Enter(samples, Take(node, picture.ReportOf(node), now));
            }
        }
    }

    /// <summary>Oldest first; parts of the time in which nothing was seen are missing.</summary>
    public IReadOnlyList<NodeSample> Of(string node)
    {
        lock (_gate)
        {
            return _samples.TryGetValue(node, out var samples) ? [.. samples] : [];
        }
    }

    private static NodeSample Take(NodeStatus node, ReportedNode? told, long now) => node.Health is NodeHealth.Unreachable or NodeHealth.Unknown
        ? new NodeSample(now, IsThere: false, null, null, null, null, null, null, null, null, null)
        : new NodeSample(
            now,
            IsThere: true,
            node.Info?.Connections,
            told?.InPerSecond,
            told?.OutPerSecond,
            told?.LocalPerSecond,
            told?.RemotePerSecond,
            told?.InboxPerSecond,
            told?.ProbeMs,
            told?.SendQueue + told?.Lanes + told?.BusQueue,
            told?.Memory);

    private static void Enter(List<NodeSample> samples, NodeSample sample)
    {
        if (samples.Count > 0 && samples[^1].Bucket == sample.Bucket)
        {
            samples[^1] = Highest(samples[^1], sample);
            return;
        }

        samples.Add(sample);
        samples.RemoveAll(old => old.Bucket <= sample.Bucket - Buckets);
    }

    private static NodeSample Highest(NodeSample one, NodeSample other) => new(
        one.Bucket,
        one.IsThere && other.IsThere,
        Max(one.Connections, other.Connections),
        Max(one.In, other.In),
        Max(one.Out, other.Out),
        Max(one.Local, other.Local),
        Max(one.Remote, other.Remote),
        Max(one.Inbox, other.Inbox),
        Max(one.ProbeMs, other.ProbeMs),
        Max(one.Waiting, other.Waiting),
        Max(one.Memory, other.Memory));

    private static double? Max(double? one, double? other) => one is { } a && other is { } b ? Math.Max(a, b) : one ?? other;
}
