// What is measured, as processes: nodes or peers with their servers, started in order and stopped together.
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class Stack(string name, RunFolder folder) : IAsyncDisposable
{
    // Nodes drain when they are asked to stop; here nobody is left to notice.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private static int _started;

    // Data and logs of its own: a second start of the same stack must not find the first one's.
    private readonly string _prefix = $"{name}-{Interlocked.Increment(ref _started)}";
    private readonly List<ChildProcess> _children = [];

    public string Name { get; } = name;

    public List<int> Ports { get; } = [];

    public List<Watched> Processes { get; } = [];

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
