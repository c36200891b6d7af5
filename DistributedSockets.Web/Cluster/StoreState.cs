// How Redis and RabbitMQ are, in words: put together from what the nodes tell.
namespace DistributedSockets.Web.Cluster;

/// <param name="Word">In one word or two.</param>
/// <param name="Text">What that means.</param>
/// <param name="Facts">Version and the like; null when nothing is known.</param>
public sealed record StoreState(NodeHealth Health, string Word, string Text, string? Facts)
{
    internal static StoreState OfRedis(ClusterSnapshot picture) => picture.Report switch
    {
        null => new StoreState(
            picture.ReportProblem is null ? NodeHealth.Unknown : NodeHealth.Unreachable,
            picture.ReportProblem is null ? "asking…" : "not known",
            picture.ReportProblem ?? "No node has been asked yet.",
            null),
        _ when IsAlone(picture) => new StoreState(NodeHealth.Unknown, "not used", "This node runs alone and keeps everything in memory.", null),
        { Redis: { Durable: false } redis } => new StoreState(
            NodeHealth.Degraded,
            "may forget",
            $"A restart of it may lose stored messages: appendonly {redis.AppendOnly}, appendfsync {redis.AppendFsync}. Start it with --appendonly yes --appendfsync always.",
            FactsOf(redis)),
        { Redis: { Durable: null } redis } => new StoreState(NodeHealth.Healthy, "answers", "It does not tell whether it keeps what it was given through a restart.", FactsOf(redis)),
        { Redis: var redis } => new StoreState(NodeHealth.Healthy, "answers", $"Durable: appendonly {redis.AppendOnly}, appendfsync {redis.AppendFsync}.", FactsOf(redis)),
    };

    internal static StoreState OfRabbitMq(ClusterSnapshot picture)
    {
        if (picture.Report is not { } report || IsAlone(picture))
        {
            return new StoreState(NodeHealth.Unknown, picture.Report is null ? "not known" : "not used", picture.Report is null ? "It is known by what the nodes tell." : "This node runs alone.", null);
        }

        var facts = report.RabbitMq?.Version is { } version ? $"version {version}" : null;
        var (blocked, away) = (Names(report, "blocked"), Names(report, "disconnected"));
        return blocked.Length > 0 ? new StoreState(NodeHealth.Degraded, "blocked", $"It accepts nothing from {blocked} (memory or disk alarm). Messages go through the inboxes.", facts)
            : away.Length > 0 ? new StoreState(NodeHealth.Degraded, "away", $"Not connected: {away}. Messages to other nodes go through the inboxes.", facts)
            : new StoreState(NodeHealth.Healthy, "connected", $"All {report.Nodes.Count} nodes are connected{SlowestProbe(report)}.", facts);
    }

    private static bool IsAlone(ClusterSnapshot picture) => picture.Nodes.Any(node => node.Info is { Standalone: true });

    private static string? FactsOf(RedisReport redis) => redis.Version is null ? null : $"version {redis.Version}, {redis.Role}";

    private static string Names(ClusterReport report, string bus) => string.Join(", ", report.Nodes.Where(node => node.Bus == bus).Select(node => node.Node));

    private static string SlowestProbe(ClusterReport report) => report.Nodes.Max(node => node.ProbeMs) is { } slowest ? $"; the slowest probe took {Numbers.Milliseconds(slowest)}" : "";
}
