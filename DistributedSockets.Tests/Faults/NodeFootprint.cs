// What the nodes' processes take: it has to stay flat over a long run.
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

internal static class NodeFootprint
{
    /// <summary>A line for the table: memory, threads and handles of each node.</summary>
    public static async Task<string> TellAsync(FaultCluster cluster)
    {
        var nodes = new List<string>();
        for (var node = 1; node <= FaultCluster.Nodes; node++)
        {
            var facts = await cluster.System.InfoAsync(node);
            using var process = Process.GetProcessById(facts.Pid);
            nodes.Add($"node-{node}: {process.WorkingSet64 >> 20} MB, {process.Threads.Count} threads, {process.HandleCount} handles, {facts.Connections} connections");
        }

        return $"  {string.Join(" · ", nodes)}";
    }
}
