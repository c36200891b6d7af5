// Opens and closes this node's sessions in the registry, and tells the nodes that hold the same user.
using System.Collections.Concurrent;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// Opens and closes this node's sessions in the registry, and tells the nodes that hold the same user, so that each node knows in memory where else its users are.
/// </summary>
internal sealed partial class SessionKeeper(IConnectionRegistry registry, INodeBus bus, ConnectionTable table, PresenceTeller presence, NodeStatus status, ILogger<SessionKeeper> logger)
{
    /// <summary>Closed while Redis was away: they would stay in the registry as ghosts. At most as many as there were connections.</summary>
    private readonly ConcurrentQueue<Session> _unclosed = new();

    private int _unheard;

    /// <summary>How many notices told of a user who was not here. One who was just being opened may have been meant: then it is looked up again.</summary>
    public int Unheard => Volatile.Read(ref _unheard);

    /// <summary>Enters a session.</summary>
    /// <returns>Where else the user is; null when they hold as many live sessions as they may, and nothing was entered.</returns>
    /// <exception cref="RegistryUnavailableException">Also where the registry knows that this boot is over before the boot itself does: the client comes again, and finds the next.</exception>
    public async Task<IReadOnlyList<NodeIncarnation>?> TryOpenAsync(Session session, int maxSessions, CancellationToken cancellationToken)
    {
        var opened = await OpenAsync(session, cancellationToken);
        presence.Tell(opened.Presence);
        if (!opened.IsEntered)
        {
            Supersede(opened.Superseded);
            throw new RegistryUnavailableException($"{session.Node} is fenced and enters no session", null);
        }

        var living = opened.Others.Where(other => status.Nodes.Counts(other.Node)).ToList();
        if (living.Count >= maxSessions)
        {
            await CloseAsync(session, leaves: false);
            return null;
        }

        Supersede(opened.Superseded);
        var elsewhere = Elsewhere(living);
        foreach (var node in elsewhere)
        {
            bus.Tell(node, new Notice.Opened(session.Node, session.User));
        }

        return elsewhere;
    }

    /// <summary>Removes a session whose connection has left the table. A fenced node deletes nothing: its sessions are the reaper's.</summary>
    /// <param name="leaves">Whether the client has said that it leaves: nobody waits for it to come back.</param>
    public async Task CloseAsync(Session session, bool leaves)
    {
        if (session.Node != status.Self || status.Phase == NodePhase.Fenced)
        {
            return;
        }

        try
        {
            var (left, change) = await registry.CloseAsync(session, leaves ? TimeSpan.Zero : PresenceRules.Grace, CancellationToken.None);
            presence.Tell(change);
            if (left.All(other => other.Node != session.Node))
            {
                foreach (var node in Elsewhere(left))
                {
                    bus.Tell(node, new Notice.Closed(session.Node, session.User));
                }
            }
        }
        catch (RegistryUnavailableException exception)
        {
            _unclosed.Enqueue(session);
            LogUnclosed(exception, session.Connection);
        }
    }

    /// <summary>
    /// After Redis was away: enters again what is connected here. Where another connection has the device, nobody can tell which is the newer one: a Redis that has gone
    /// back in time names one that is long gone. So the client is sent to connect again, not away: the one who does is the one who is there.
    /// </summary>
    public async Task AssertAllAsync(CancellationToken cancellationToken)
    {
        Session[] sessions = [.. table.Snapshot().Select(connection => connection.Session)];
        var asserted = await registry.AssertAsync(sessions, cancellationToken);

        // Who has left since may have been closed first and entered after that: nobody else would ever take them out.
        var connected = table.Snapshot().Select(connection => connection.Session.Connection).ToHashSet();
        foreach (var session in sessions.Where(session => !connected.Contains(session.Connection)))
        {
            _unclosed.Enqueue(session);
        }

        foreach (var change in asserted.Presence)
        {
            presence.Tell(change);
        }

        foreach (var lost in asserted.Lost)
        {
            Close(lost.User, lost.Connection, CloseReason.LeaseLost);
        }
    }

    /// <summary>Removes the sessions that could not be closed when they ended: with every renewal, since Redis may have missed just one call.</summary>
    public async Task CloseLeftoversAsync()
    {
        for (var left = _unclosed.Count; left > 0 && _unclosed.TryDequeue(out var session); left--)
        {
            await CloseAsync(session, leaves: false);
        }
    }

    /// <summary>Forgets what an earlier incarnation could not close.</summary>
    public void Forget() => _unclosed.Clear();

    /// <summary>Looks up anew where else the users here are: a notice may have been lost.</summary>
    public async Task RefreshAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        var located = await Task.WhenAll(users.Select(user => registry.LocateAsync(user, cancellationToken)));
        for (var index = 0; index < users.Count; index++)
        {
            table.SetElsewhere(users[index], Elsewhere(located[index].Where(session => status.Nodes.Counts(session.Node))));
        }
    }

    /// <summary>What another node tells of a user who may be here too.</summary>
    public void Hear(Notice notice)
    {
        switch (notice)
        {
            case Notice.Opened opened:
                HearOpened(opened);
                break;
            case Notice.Closed closed:
                table.RemoveElsewhere(closed.User, closed.From);
                break;
            case Notice.Reaped reaped:
                table.RemoveElsewhere(reaped.Dead);
                break;
            case Notice.Superseded superseded:
                Close(superseded.User, superseded.Connection, CloseReason.Superseded);
                break;
        }
    }

    private async Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken)
    {
        try
        {
            return await registry.OpenAsync(session, cancellationToken);
        }
        catch (Exception exception) when (exception is RegistryUnavailableException or OperationCanceledException)
        {
            // It may have been entered all the same, and no connection will ever close it.
            _unclosed.Enqueue(session);
            throw;
        }
    }

    private void HearOpened(Notice.Opened opened)
    {
        if (!table.TryAddElsewhere(opened.User, opened.From))
        {
            // Counted first, tried again second: whoever enters the table in between does either see the count or get the notice.
            Interlocked.Increment(ref _unheard);
            table.TryAddElsewhere(opened.User, opened.From);
        }
    }

    private void Supersede(Session? superseded)
    {
        if (superseded is null)
        {
            return;
        }

        if (superseded.Node == status.Self)
        {
            Close(superseded.User, superseded.Connection, CloseReason.Superseded);
        }
        else
        {
            bus.Tell(superseded.Node, new Notice.Superseded(status.Self, superseded.User, superseded.Connection));
        }
    }

    private void Close(UserId user, ConnectionId connectionId, CloseReason reason)
    {
        table.Find(user)?.Connections.FirstOrDefault(connection => connection.Session.Connection == connectionId)?.Close(reason);
    }

    private List<NodeIncarnation> Elsewhere(IEnumerable<Session> sessions) =>
        [.. sessions.Select(session => session.Node).Where(node => node != status.Self).Distinct()];

    [LoggerMessage(3001, LogLevel.Warning, "The session of connection {ConnectionId} could not be closed in the registry; it will be when Redis answers")]
    private partial void LogUnclosed(Exception exception, ConnectionId connectionId);
}
