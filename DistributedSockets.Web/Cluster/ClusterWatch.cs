// The one loop that looks at the nodes, for every open page.
namespace DistributedSockets.Web.Cluster;

/// <summary>
/// Looks at every node and at what one of them tells of the cluster, and keeps the picture and its history. One loop serves all pages: each two seconds while somebody
/// looks, which is whoever listens to <see cref="Changed"/>, and more slowly while nobody does.
/// </summary>
internal sealed class ClusterWatch(NodeDirectory directory, NodeHttp http, NodeApi api, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UnwatchedPeriod = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private ClusterSnapshot _current = new([.. directory.Nodes.Select(node => new NodeStatus(node, NodeHealth.Unknown, Detail: null, Info: null))]);
    private Action? _changed;
    private TaskCompletionSource _asked = NewAsk();

    /// <summary>The latest picture; never changes once it was handed out.</summary>
    public ClusterSnapshot Current => Volatile.Read(ref _current);

    public ClusterHistory History { get; } = new(time);

    /// <summary>There is a new picture. Raised on the loop: a handler only hands the news to its page.</summary>
    public event Action? Changed
    {
        add
        {
            lock (_gate)
            {
                _changed += value;
            }

            // The picture may be as old as nobody cared.
            LookNow();
        }

        remove
        {
            lock (_gate)
            {
                _changed -= value;
            }
        }
    }

    /// <summary>Looks at once instead of at the next turn: somebody has just done something to a node.</summary>
    public void LookNow() => Volatile.Read(ref _asked).TrySetResult();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var asked = NewAsk();
            Volatile.Write(ref _asked, asked);
            var next = await LookAsync(stoppingToken);
            Volatile.Write(ref _current, next);
            History.Add(next);
            Volatile.Read(ref _changed)?.Invoke();
            var period = Volatile.Read(ref _changed) is null ? UnwatchedPeriod : Period;
            await asked.Task.WaitAsync(period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource NewAsk() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<ClusterSnapshot> LookAsync(CancellationToken cancellationToken)
    {
        var reading = ReadReportAsync(cancellationToken);
        var nodes = await Task.WhenAll(directory.Nodes.Select(node => http.AskAsync(node, cancellationToken)));
        var (report, problem) = await reading;
        var before = Current.Nodes;
        return new ClusterSnapshot([.. nodes.Select((node, index) => node with { LastInfo = node.Info ?? before[index].LastInfo })]) { Report = report, ReportProblem = problem };
    }

    private async Task<(ClusterReport? Report, string? Problem)> ReadReportAsync(CancellationToken cancellationToken)
    {
        try
        {
            return directory.Nodes.Count == 0 ? default : (await api.ReadClusterAsync(cancellationToken), null);
        }
        catch (NodeApiException exception)
        {
            return (null, exception.Message);
        }
    }
}
