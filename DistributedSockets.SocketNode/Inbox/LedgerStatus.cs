// Whether the books of inboxes balance, as far as this node knows.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>Whether the books of inboxes balance, as far as this node knows. Written by the sweeper, read by metrics, health and the cluster's page.</summary>
internal sealed class LedgerStatus
{
    /// <summary>More than these are not told apart: something is wrong on the whole.</summary>
    private const int MostUsers = 1000;

    private readonly ConcurrentDictionary<UserId, long> _differences = new();
    private volatile Ledger _totals = Ledger.Empty;

    /// <summary>Over all users, as of their last visits by any node.</summary>
    public Ledger Totals
    {
        get => _totals;
        set => _totals = value;
    }

    /// <summary>How many users' inboxes did not balance when this node visited them last.</summary>
    public int OutOfBalance => _differences.Count;

    /// <summary>Some of them.</summary>
    public IReadOnlyList<UserId> Users => [.. _differences.Keys.Take(10)];

    /// <summary>Enters what a visit has found; true when the inbox does not balance though that was not known.</summary>
    public bool Enter(UserId user, Ledger ledger)
    {
        if (ledger.Difference == 0)
        {
            _differences.TryRemove(user, out _);
            return false;
        }

        var isKnown = _differences.ContainsKey(user);
        if (isKnown || _differences.Count < MostUsers)
        {
            _differences[user] = ledger.Difference;
        }

        return !isKnown;
    }

    /// <summary>Another node visits this shard's users now, and tells how they are.</summary>
    public void Forget(int shard)
    {
        foreach (var user in _differences.Keys.Where(user => RedisKeys.Shard(user) == shard))
        {
            _differences.TryRemove(user, out _);
        }
    }
}
