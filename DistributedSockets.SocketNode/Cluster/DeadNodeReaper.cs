// Closes the sessions of dead nodes, one node at a time doing it.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>Closes the sessions of incarnations whose lease has lapsed. One node at a time has the turn; a reaper that dies in the middle is followed by another.</summary>
internal sealed partial class DeadNodeReaper(
    IConnectionRegistry registry, INodeBus bus, SessionKeeper sessions, RoomIntake rooms, PresenceTeller teller, NodeStatus status, NodeMetrics metrics, IOptions<SocketNodeOptions> options, TimeProvider time,
    ILogger<DeadNodeReaper> logger)
{
    private const int BatchSize = 200;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            // After a time without Redis the leases of all have lapsed, of the living too: each gets the time to take its own back before anybody is judged.
            if (status.ServingFor < options.Value.Cluster.Lease)
            {
                continue;
            }

            try
            {
                await ReapOnceAsync(cancellationToken);
            }
            catch (RegistryUnavailableException exception)
            {
                // While Redis is away nobody can be reaped, and nobody is: leases are not judged by clocks of ours.
                LogNotReaped(exception);
            }
        }
    }

    private async Task ReapOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var dead in await registry.BeginReapAsync(status.Self, Turn, cancellationToken))
        {
            var users = 0;
            for (var batch = await registry.ReapAsync(dead, BatchSize, cancellationToken); batch.Count > 0; batch = await registry.ReapAsync(dead, BatchSize, cancellationToken))
            {
                // Told first: a reaper that dies in between is followed by one that tells it again.
                await teller.TellAsync(batch.Select(reaped => reaped.Presence).OfType<PresenceChange>(), cancellationToken);
                await registry.ConfirmReapedAsync(dead, [.. batch.Select(reaped => reaped.User)], cancellationToken);
                users += batch.Count;
                if (batch.Count == BatchSize)
                {
                    // A large node takes longer than a turn.
                    await registry.BeginReapAsync(status.Self, Turn, cancellationToken);
                }
            }

            await registry.ConfirmReapedAsync(dead, [], cancellationToken);
            metrics.Reaped.Add(users);
            LogReaped(status.Self, dead, users);
            Tell(dead);
        }
    }

    private void Tell(NodeIncarnation dead)
    {
        var notice = new Notice.Reaped(status.Self, dead);
        sessions.Hear(notice);
        rooms.Hear(notice);
        foreach (var node in status.Nodes.Living.Keys.Where(node => node != status.Self && node != dead))
        {
            bus.Tell(node, notice);
        }
    }

    [LoggerMessage(7010, LogLevel.Information, "{Node} has closed the sessions of dead node {Dead}: {Users} users")]
    private partial void LogReaped(NodeIncarnation node, NodeIncarnation dead, int users);

    [LoggerMessage(7011, LogLevel.Debug, "Dead nodes could not be reaped: Redis does not answer")]
    private partial void LogNotReaped(Exception exception);
}
