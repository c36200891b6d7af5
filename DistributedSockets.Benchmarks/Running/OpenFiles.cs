// How many connections a process can have here: a system that lets nobody open more files has its own say.
using NodeFiles = DistributedSockets.SocketNode.Limits.OpenFiles;

namespace DistributedSockets.Benchmarks.Running;

internal static class OpenFiles
{
    // Those of the warm-up.
    private const int Others = 200;

    /// <summary>Those wanted, or as many as a node takes.</summary>
    public static int Connections(int wanted) => Math.Min(wanted, (NodeFiles.MostConnections - Others) / 2 * 2);
}
