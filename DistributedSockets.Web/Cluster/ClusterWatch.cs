// The one loop that looks at the nodes, for every open page.
namespace DistributedSockets.Web.Cluster;

/// <summary>
/// Looks at every node each two seconds and keeps the picture. One loop serves all pages; its period is also the
/// longest that a picture is old, unless a node needs longer to answer.
/// </summary>
internal sealed class ClusterWatch(NodeDirectory directory, NodeHttp http, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private ClusterSnapshot _current = new([.. directory.Nodes.Select(node => new NodeStatus(node, NodeHealth.Unknown, Detail: null, Info: null))]);

    /// <summary>The latest picture; never changes once it was handed out.</summary>
    public ClusterSnapshot Current => Volatile.Read(ref _current);

    /// <summary>There is a new picture. Raised on the loop: a handler only hands the news to its page.</summary>
    public event Action? Changed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            var nodes = await Task.WhenAll(directory.Nodes.Select(node => http.AskAsync(node, stoppingToken)));
            var next = new ClusterSnapshot(nodes);
            if (next != Current)
            {
                Volatile.Write(ref _current, next);
                Changed?.Invoke();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
