// What has to be done to inboxes as time goes by: which users want a visit, the visit itself, and the ledger that it publishes.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// What has to be done to inboxes as time goes by. Users with something in their inbox are on one of <see cref="Shards"/> lists, each by the time at which they want a
/// visit: entered before the append that needs it, so no crash leaves an inbox that nobody visits.
/// <para>Every member throws <see cref="InboxUnavailableException"/> when the store does not answer in time; every member may be called again.</para>
/// </summary>
internal interface IInboxUpkeep
{
    const int Shards = 16;

    /// <summary>Takes or prolongs a shard's turn (one node at a time has it) and returns the users whose time has come; null when it is another's turn.</summary>
    Task<IReadOnlyList<DueVisit>?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Visits an inbox: removes what is due (a message that no device has acknowledged ends as expired, and that is owed to its sender), and compares
    /// the counters with what is stored.
    /// </summary>
    Task<SweptInbox> SweepAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>Enters the next visit, unless somebody has entered an earlier one meanwhile, and the user's counters into the totals.</summary>
    Task RescheduleAsync(int shard, DueVisit visit, SweptInbox swept, CancellationToken cancellationToken);

    /// <summary>What lies in an inbox, by its counters.</summary>
    Task<InboxDepth> ReadDepthAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>
    /// Takes out the messages that no device has acknowledged when this begins: each ends as failed, and of a reliable one that is owed to its sender. What is owed to the user themselves stays.
    /// What was delivered stays for devices that lag behind, but for messages that were stored at once with one that is taken out.
    /// </summary>
    /// <returns>How many were taken out; of a call that throws, some may have been.</returns>
    Task<long> ClearAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>The totals over all users, as of their last visits.</summary>
    Task<Ledger> ReadLedgerAsync(CancellationToken cancellationToken);
}

/// <param name="Due">When the visit was wanted, as the list has it: tells whether the entry is still the same.</param>
internal sealed record DueVisit(UserId User, long Due);

/// <summary>What became of the messages that inboxes accepted. Receipts are not counted.</summary>
/// <param name="Pending">Accepted and without an outcome yet.</param>
internal sealed record Ledger(long Accepted, long Delivered, long Expired, long Failed, long Pending)
{
    public static readonly Ledger Empty = new(0, 0, 0, 0, 0);

    /// <summary>Zero in a sound system: everything accepted is pending or has exactly one outcome.</summary>
    public long Difference => Accepted - Delivered - Expired - Failed - Pending;
}

/// <summary>What a visit has found.</summary>
/// <param name="Ledger">The counters, with <see cref="Ledger.Pending"/> as counted in the store.</param>
/// <param name="NextVisit">When the next one is wanted, by the store's clock in milliseconds; null when nothing is left to look after.</param>
/// <param name="Owes">Whether receipts are owed to senders.</param>
/// <param name="Expired">How many messages have expired in this visit.</param>
internal sealed record SweptInbox(Ledger Ledger, long? NextVisit, bool Owes, long Expired);

/// <summary>What lies in an inbox.</summary>
/// <param name="Seq">The last seq given out; 0 for none.</param>
/// <param name="Delivered">The highest seq that any device has acknowledged.</param>
/// <param name="Pending">Messages without an outcome.</param>
/// <param name="Bytes">Of their bodies.</param>
/// <param name="Epoch">What seqs count in; null for an inbox that never had a message or a hello.</param>
internal sealed record InboxDepth(long Seq, long Delivered, long Pending, long Bytes, string? Epoch);
