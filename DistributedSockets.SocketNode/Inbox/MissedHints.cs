// Which users other nodes may not have been told about, until word is left for those nodes.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Users whose messages lie in their inbox while a hint may not have reached their node: <see cref="InboxCatchUp"/> leaves word for that node within a second, past the
/// bus, and fetches what others have left for this one. Bounded: what finds no room is found by the slow sweep.
/// </summary>
internal sealed class MissedHints(IInbox inbox, NodeMetrics metrics)
{
    /// <summary>More than a second of appends can bring: they stop when the store does not answer, and with it what comes here.</summary>
    private const int MaxUsers = 100_000;

    private const int BatchSize = 1000;

    private readonly Lock _gate = new();
    private HashSet<(NodeIncarnation Node, UserId User)> _missed = [];

    public void Add(NodeIncarnation node, UserId user)
    {
        metrics.MissedHints.Add(1);
        lock (_gate)
        {
            if (_missed.Count < MaxUsers)
            {
                _missed.Add((node, user));
            }
        }
    }

    /// <summary>Leaves word for the other nodes. Throws when the store does not answer; nothing is forgotten then.</summary>
    public async Task LeaveWordAsync(CancellationToken cancellationToken)
    {
        HashSet<(NodeIncarnation Node, UserId User)> missed;
        lock (_gate)
        {
            if (_missed.Count == 0)
            {
                return;
            }

            (missed, _missed) = (_missed, []);
        }

        try
        {
            await Task.WhenAll(missed.GroupBy(entry => entry.Node, entry => entry.User)
                .SelectMany(node => node.Chunk(BatchSize).Select(users => inbox.NoteMissedAsync(node.Key, users, cancellationToken))));
        }
        catch
        {
            lock (_gate)
            {
                _missed.UnionWith(missed);
            }

            throw;
        }
    }
}
