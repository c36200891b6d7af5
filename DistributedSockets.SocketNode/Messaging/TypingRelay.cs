// Shows a user that another one types, wherever they are now. Never stored, never tried twice.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Shows a user that another one types, wherever they are now. Never stored, never tried twice: the next one makes up for a lost one.</summary>
internal sealed partial class TypingRelay(ConnectionTable table, IConnectionRegistry registry, INodeBus bus, NodeStatus status, ILogger<TypingRelay> logger)
{
    /// <summary>Look-ups of recipients who are not here; more than that at once are dropped.</summary>
    private const int MaxLookups = 64;

    private int _lookups;

    /// <summary>Returns at once.</summary>
    public void Show(UserId from, UserId to, bool on)
    {
        if (table.Find(to) is { } here)
        {
            Show(here, from, to, on);
            Tell(here.Elsewhere, from, to, on);
        }
        else if (Interlocked.Increment(ref _lookups) <= MaxLookups)
        {
            _ = LookUpAndTellAsync(from, to, on);
        }
        else
        {
            Interlocked.Decrement(ref _lookups);
        }
    }

    /// <summary>Another node's user types to one who may be here.</summary>
    public void Hear(Notice.Typing typing)
    {
        if (table.Find(typing.To) is { } here)
        {
            Show(here, typing.User, typing.To, typing.On);
        }
    }

    private async Task LookUpAndTellAsync(UserId from, UserId to, bool on)
    {
        try
        {
            var sessions = await registry.LocateAsync(to, CancellationToken.None);
            Tell(sessions.Select(session => session.Node).Where(node => node != status.Self && status.Nodes.Counts(node)).Distinct(), from, to, on);
        }
        catch (Exception exception)
        {
            // Nobody waits for this one: whatever is wrong, the next one tries again.
            LogNotShown(exception, to);
        }
        finally
        {
            Interlocked.Decrement(ref _lookups);
        }
    }

    private void Tell(IEnumerable<NodeIncarnation> nodes, UserId from, UserId to, bool on)
    {
        foreach (var node in nodes)
        {
            bus.Tell(node, new Notice.Typing(status.Self, from, to, on));
        }
    }

    private static void Show(LocalUser here, UserId from, UserId to, bool on)
    {
        foreach (var connection in here.Connections)
        {
            connection.Send(new Push.Typing(from, to, on));
        }
    }

    [LoggerMessage(2020, LogLevel.Debug, "User {UserId} could not be shown that somebody types")]
    private partial void LogNotShown(Exception exception, UserId userId);
}
