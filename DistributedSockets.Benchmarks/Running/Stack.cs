// What is measured, as processes: nodes or peers with their servers, started in order and stopped together.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class Stack(string name, RunFolder folder) : IAsyncDisposable
{
    // Nodes drain when they are asked to stop; here nobody is left to notice.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private const double CalmCores = 0.15;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CalmLimit = TimeSpan.FromSeconds(15);

    private static int _started;

    // Data and logs of its own: a second start of the same stack must not find the first one's.
    private readonly string _prefix = $"{name}-{Interlocked.Increment(ref _started)}";
    private readonly List<ChildProcess> _children = [];
    private int _registered;

    public string Name { get; } = name;

    public List<int> Ports { get; } = [];

    public List<Watched> Processes { get; } = [];

    /// <summary>The registry's, where there is one.</summary>
    public RedisAddress? Registry { get; set; }

    public string DataOf(string process) => folder.DataOf($"{_prefix}-{process}");

    /// <summary>Starts a process whose use of the processor counts.</summary>
    public ChildProcess Start(string process, ServerCommand command, bool counts = true)
    {
        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder.Logs, $"{_prefix}-{process}.log")) { AutoFlush = true });
        var child = ChildProcess.Start(command, log.WriteLine);
        folder.Record(child.Id, $"{_prefix}-{process}");
        _children.Add(child);
        if (counts)
        {
            Processes.Add(new Watched(process, child.Id));
        }

        return child;
    }

    /// <summary>Sees to it that so many users are registered who hold no connection.</summary>
    public async Task RegisterAsync(int users, CancellationToken cancellationToken)
    {
        if (users > _registered)
        {
            await RegisteredUsers.EnterAsync(Registry!, users, cancellationToken);
            _registered = users;
        }
    }

    /// <summary>Until its processes have done what the last run has left them to do.</summary>
    public async Task WhenCalmAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        double used;
        do
        {
            var before = ProcessUsage.Read();
            await Task.Delay(Glance, cancellationToken);
            var after = ProcessUsage.Read();
            used = Processes.Sum(one => after.Cpu(one.Id) - before.Cpu(one.Id)) / Glance.TotalSeconds;
        }
        while (used > CalmCores && Stopwatch.GetElapsedTime(start) < CalmLimit);
    }

    public async ValueTask DisposeAsync()
    {
        _children.Reverse();
        foreach (var child in _children)
        {
            await child.StopAsync(StopLimit, CancellationToken.None);
            child.Dispose();
        }
    }
}
