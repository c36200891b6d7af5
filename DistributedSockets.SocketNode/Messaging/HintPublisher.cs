// Gives other nodes the copies of what has been stored.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// Gives other nodes the copies of what has been stored, so that it arrives at once. Nobody waits long for the broker: what may not have arrived is noted, and the
/// node reads the inbox within seconds.
/// </summary>
internal sealed partial class HintPublisher(
    INodeBus bus, MissedHints missed, HopReporter hops, Failpoints failpoints, NodeStatus status, TimeProvider time, ILogger<HintPublisher> logger)
{
    /// <summary>A confirm takes less than a millisecond; a broker that needs this long has a problem, and catching up is faster.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Never throws.</summary>
    /// <param name="sessions">Where the user was when the messages were stored: whoever connects later reads them on their own.</param>
    /// <returns>False: one of the nodes may not have got them.</returns>
    public async Task<bool> PublishAsync(UserId user, IReadOnlyList<Envelope> hints, IReadOnlyList<Session> sessions)
    {
        // Also to nodes that our picture of the living, a second old, does not have: one that has just taken its lease back would find the message by its
        // slow sweep only. What is meant for the dead comes back.
        var nodes = sessions.Select(session => session.Node).Where(node => node != status.Self).Distinct();
        var arrived = await Task.WhenAll(nodes.Select(node => PublishAsync(node, user, hints)));
        return arrived.All(has => has);
    }

    private async Task<bool> PublishAsync(NodeIncarnation node, UserId user, IReadOnlyList<Envelope> hints)
    {
        if (failpoints.Drops(Failpoint.DropHint))
        {
            return true;
        }

        try
        {
            if (await bus.PublishAsync(node, hints, CancellationToken.None).WaitAsync(Patience, time) == PublishOutcome.Routed)
            {
                failpoints.Pass(Failpoint.KillAfterConfirm);
                foreach (var hint in hints)
                {
                    hops.Report(hint, HopReporter.Published);
                }

                return true;
            }
        }
        catch (TimeoutException)
        {
            // It may still arrive; once more from the inbox does no harm.
        }
        catch (Exception exception)
        {
            LogBroken(exception, node);
        }

        missed.Add(node, user);
        return false;
    }

    [LoggerMessage(2005, LogLevel.Error, "Hints for {Node} were lost in a defect; it reads them from the inbox")]
    private partial void LogBroken(Exception exception, NodeIncarnation node);
}
