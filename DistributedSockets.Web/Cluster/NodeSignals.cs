// Signals to the nodes' processes, in Development and on the same machine.
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DistributedSockets.Web.Cluster;

/// <summary>What can be done to a node's process.</summary>
internal enum NodeSignal
{
    /// <summary>SIGKILL: it is gone in the middle of whatever it does.</summary>
    Kill,

    /// <summary>SIGSTOP: it stands still, and its connections with it.</summary>
    Pause,

    /// <summary>SIGCONT: it goes on.</summary>
    Continue,

    /// <summary>SIGTERM: it drains, then ends. There is no draining without an end.</summary>
    Stop,
}

/// <summary>
/// Sends signals to the processes that nodes say they are. Only in Development, only to nodes on this machine, and only when the process is that node: an id alone is soon
/// somebody else's.
/// </summary>
internal sealed partial class NodeSignals(IHostEnvironment environment, ILogger<NodeSignals> logger)
{
    /// <summary>A node tells the time at which it had read its settings: its process is older than that, by no more than a start takes.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);

    /// <summary>What clocks of two programs may differ by, read at almost the same time.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromSeconds(2);

    public bool AreOffered => environment.IsDevelopment() && !OperatingSystem.IsWindows();

    /// <summary>Why no signal can be sent to the node; null when one can.</summary>
    public string? WhyNot(NodeStatus node, ReportedNode? told) =>
        !environment.IsDevelopment() ? "Nodes are signalled in Development only."
        : OperatingSystem.IsWindows() ? "Windows knows no such signals."
        : !node.Address.Url.IsLoopback || (told?.Host is { } host && host != Environment.MachineName) ? "It runs on another machine."
        : node.LastInfo?.Process is not { } process ? "It has not told its process id: it does that in Development only."
        : !IsNode(process) ? $"Process {process.Id} has ended, or is something else by now."
        : null;

    /// <summary>Whether the process stands still, as after <see cref="NodeSignal.Pause"/>.</summary>
    public bool IsPaused(NodeStatus node) => AreOffered && OperatingSystem.IsLinux() && node.LastInfo?.Process is { } process && IsNode(process) && StateOf(process.Id) == 'T';

    /// <summary>False: the process is gone, or is not that node any more.</summary>
    public bool Send(NodeStatus node, ReportedNode? told, NodeSignal signal)
    {
        if (WhyNot(node, told) is not null)
        {
            return false;
        }

        var id = node.LastInfo!.Process!.Id;
        LogSignal(signal, node.Address.Name, id);
        return KillNative(id, Number(signal)) == 0;
    }

    private static int Number(NodeSignal signal) => signal switch
    {
        NodeSignal.Kill => 9,
        NodeSignal.Pause => OperatingSystem.IsLinux() ? 19 : 17,
        NodeSignal.Continue => OperatingSystem.IsLinux() ? 18 : 19,
        _ => 15,
    };

    private static bool IsNode(NodeProcess told)
    {
        try
        {
            using var process = Process.GetProcessById(told.Id);
            var before = told.StartedAt - new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds();
            return before >= -ClockStep.TotalMilliseconds && before <= LongestStart.TotalMilliseconds
                && (!OperatingSystem.IsLinux() || File.ReadAllText($"/proc/{told.Id}/cmdline").Contains("DistributedSockets.SocketNode", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The letter behind the name in <c>4711 (na me) S 1 …</c>.</summary>
    private static char StateOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return ' ';
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillNative(int processId, int signal);

    [LoggerMessage(1, LogLevel.Information, "{Signal} for {Node}, process {ProcessId}")]
    private partial void LogSignal(NodeSignal signal, string node, int processId);
}
