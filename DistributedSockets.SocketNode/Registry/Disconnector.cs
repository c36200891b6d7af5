// Closes a user's connections, on whichever nodes they are.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>Closes a user's connections, on whichever nodes they are. It is the connections of one moment: who connects again is let in.</summary>
internal sealed partial class Disconnector(IConnectionRegistry registry, INodeBus bus, ConnectionTable table, NodeStatus status, ILogger<Disconnector> logger)
{
    /// <param name="device">Null: all of the user's.</param>
    /// <returns>How many connections were told to close; null where a node may not have heard of it: to be repeated.</returns>
    /// <exception cref="RegistryUnavailableException">Nobody knows where the user is.</exception>
    public async Task<int?> DisconnectAsync(UserId user, DeviceId? device, CloseReason reason, CancellationToken cancellationToken)
    {
        var located = await registry.LocateAsync(user, cancellationToken);
        var sessions = located.Where(session => status.Nodes.Counts(session.Node) && (device is null || session.Device == device)).ToList();
        var told = await Task.WhenAll(sessions.GroupBy(session => session.Node, session => session.Connection).Select(node => TellAsync(node.Key, user, [.. node], reason)));
        LogDisconnected(user, sessions.Count, reason.Code);
        return told.All(isTold => isTold) ? sessions.Count : null;
    }

    /// <summary>Another node was asked.</summary>
    public void Hear(Notice.Disconnect notice) => Close(notice.User, notice.Connections, CloseReason.Chosen(notice.Code, notice.Reason));

    private async Task<bool> TellAsync(NodeIncarnation node, UserId user, IReadOnlyList<ConnectionId> connections, CloseReason reason)
    {
        if (node == status.Self)
        {
            Close(user, connections, reason);
            return true;
        }

        return await bus.TellAsync(node, new Notice.Disconnect(status.Self, user, connections, reason.Code, reason.Text), CancellationToken.None) == PublishOutcome.Routed;
    }

    private void Close(UserId user, IReadOnlyList<ConnectionId> connections, CloseReason reason)
    {
        foreach (var connection in table.Find(user)?.Connections ?? [])
        {
            if (connections.Contains(connection.Session.Connection))
            {
                connection.Close(reason);
            }
        }
    }

    [LoggerMessage(3003, LogLevel.Information, "User {UserId} was disconnected by the server API: {Count} connections, code {Code}")]
    private partial void LogDisconnected(UserId userId, int count, int code);
}
