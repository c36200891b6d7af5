// Keeps this node's picture of the living nodes, about a second old.
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>Keeps the picture of the living nodes. While Redis is away the last one stays: nobody is declared dead by silence.</summary>
internal sealed class NodeWatch(IConnectionRegistry registry, NodeStatus status, ConnectionTable table, InboxCatchUp catchUp, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            try
            {
                var before = status.Nodes;
                status.Nodes = await registry.ReadNodesAsync(cancellationToken);
                foreach (var gone in before.Living.Keys.Where(node => !status.Nodes.Living.ContainsKey(node)))
                {
                    table.RemoveElsewhere(gone);
                }

                if (status.Nodes.Living.Keys.Any(node => node.Number < before.AsOf && !before.Living.ContainsKey(node)))
                {
                    // Its lease had lapsed while Redis was away and it has taken it back: who is there was forgotten here.
                    catchUp.Request();
                }
            }
            catch (RegistryUnavailableException)
            {
                // The lease's loop says so, louder.
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
