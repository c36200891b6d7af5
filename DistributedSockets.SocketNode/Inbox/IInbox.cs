// A user's stored messages, by sequence.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// A user's stored messages, by sequence (seq): it starts at 1 and only rises within an <em>epoch</em>, the life of one inbox. What is above the <em>delivered</em>
/// mark, the highest seq that any device has acknowledged, is never dropped to make room. Every message ends in exactly one outcome: delivered, expired or failed; the
/// outcome of a reliable one is owed to its sender from the same step on (<see cref="Receipts.IReceipts"/>).
/// <para>Every member throws <see cref="InboxUnavailableException"/> when the store does not answer in time; the outcome is then unknown.</para>
/// </summary>
internal interface IInbox
{
    /// <summary>
    /// Stores messages for one user in their order and tells where the user is at that same moment: a session that is opened
    /// later reads them on its own, a session that is returned wants a hint. The same sender and <see cref="Envelope.ClientId"/> within 24 h at least is stored once.
    /// When one finds no room, those behind it are refused too, so that nothing overtakes it.
    /// </summary>
    Task<Appended> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken);

    /// <summary>Whether the sender has used the id of a reliable message for another one to the same recipient, so that <see cref="AppendAsync"/> would not store it.</summary>
    Task<bool> IsReusedAsync(Envelope envelope, CancellationToken cancellationToken);

    /// <summary>A ds.v1 device says hello: where its reading starts, and whether that continues what it had. The device has a cursor from then on.</summary>
    Task<InboxStart> BeginAsync(UserId user, DeviceId device, ResumeClaim claim, CancellationToken cancellationToken);

    /// <summary>Where a plain connection's reading starts: the cursor that all of a user's plain connections share, else the user's delivered mark.</summary>
    Task<InboxEnd> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken);

    /// <summary>The messages and receipts after <paramref name="after"/>, at most <paramref name="limit"/>, in order, each with its seq and epoch.</summary>
    Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken);

    /// <summary>How far each user's inbox reaches, in one round trip: how a node finds out who missed a hint.</summary>
    Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken);

    /// <summary>
    /// The inbox has gone back in time: seqs of this epoch have been given out twice, so it gets another one. Nothing happens where it has another already.
    /// </summary>
    /// <returns>The epoch that counts now.</returns>
    Task<string> RenewEpochAsync(UserId user, string epoch, CancellationToken cancellationToken);

    /// <summary>
    /// Moves the device's cursor and the user's delivered mark, forward only; each message that the mark passes is delivered. A seq that was never given out moves
    /// nothing: to count it as the end would skip what nobody has seen.
    /// </summary>
    /// <param name="epoch">The life of the inbox that the device counts in: in another one the seq means nothing, and nothing happens. Null where nobody knows.</param>
    /// <param name="storedAt">When the message with that seq was stored, as the device was sent it; 0 where that is not known.</param>
    /// <returns>
    /// What is owed to senders now, by this call or an earlier one: the oldest of it, at most <see cref="OwedPage.Size"/> outcomes. Null when nothing has moved, since what has that seq was
    /// stored later: the store has gone back in time, and the device has seen another message.
    /// </returns>
    Task<OwedPage?> AcknowledgeAsync(UserId user, DeviceId device, string? epoch, long seq, long storedAt, CancellationToken cancellationToken);

    /// <summary>
    /// Leaves word for a node that hints for these users may not have reached it: the way between nodes that does not need the bus. What the node does not fetch within
    /// two minutes is forgotten.
    /// </summary>
    Task NoteMissedAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken);

    /// <summary>Fetches the users that word was left for, at most <paramref name="limit"/> of them; none is returned twice.</summary>
    Task<IReadOnlyList<UserId>> TakeMissedAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken);
}

/// <summary>What became of an append.</summary>
/// <param name="Placements">One for each envelope, in their order.</param>
/// <param name="Epoch">The life of the inbox that the seqs count in.</param>
/// <param name="Sessions">Where the user was at that moment.</param>
internal sealed record Appended(IReadOnlyList<Placement> Placements, string Epoch, IReadOnlyList<Session> Sessions);

/// <summary>What became of one envelope of an append.</summary>
/// <param name="Id">Of a duplicate: the id of the message that was stored first.</param>
/// <param name="Seq">Its place; 0 when refused.</param>
/// <param name="StoredAt">When it was stored, by the store's clock: milliseconds since 1970 UTC; of a duplicate, when the first one was; 0 when refused.</param>
internal readonly record struct Placement(PlacementKind Kind, MessageId Id, long Seq, long StoredAt)
{
    /// <summary>Whether it lies in the inbox, by this append or an earlier one.</summary>
    public bool IsThere => Kind is PlacementKind.Stored or PlacementKind.Duplicate;

    /// <summary>Whether an earlier append has stored it.</summary>
    public bool IsDuplicate => Kind is PlacementKind.Duplicate or PlacementKind.Gone;
}

internal enum PlacementKind
{
    Stored,

    /// <summary>The same sender, id and body were stored before.</summary>
    Duplicate,

    /// <summary>The same sender and id with another body: nothing was stored.</summary>
    IdReused,

    /// <summary>What waits above the delivered mark has reached the limit: nothing was stored.</summary>
    Full,

    /// <summary>The same sender, id and body were stored before, and have left the inbox since: expired, or delivered long ago. Nobody may be sent it now.</summary>
    Gone,
}

/// <summary>What a device says of itself in its hello. All of it may be absent.</summary>
/// <param name="Token">The resume token of its last welcome.</param>
/// <param name="NewToken">The one that its next hello will have to show.</param>
/// <param name="Epoch">The epoch that <paramref name="Ack"/> counts in.</param>
/// <param name="Ack">Everything up to there it has.</param>
/// <param name="Id">The message at <paramref name="Ack"/>.</param>
internal sealed record ResumeClaim(string? Token, string NewToken, string? Epoch = null, long? Ack = null, string? Id = null);

/// <summary>Where a device's reading starts.</summary>
/// <param name="After">Everything after this seq is to be read.</param>
/// <param name="Seq">The inbox's end at this moment.</param>
/// <param name="Epoch">The life of the inbox; never null, also for one without messages.</param>
/// <param name="Reason">Null when the token was valid and nothing is missing: resumed. Else why not.</param>
/// <param name="Gap">What this device should have read and can't any more: first and last seq.</param>
/// <param name="IsKnown">Whether the device had a cursor: what it reads now it may have been sent before.</param>
internal sealed record InboxStart(long After, long Seq, string Epoch, ResumeFailure? Reason, (long From, long To)? Gap, bool IsKnown);

/// <summary>Why a hello did not resume; on the wire in lower case.</summary>
internal enum ResumeFailure
{
    /// <summary>No token was shown.</summary>
    New,

    /// <summary>The token is unknown, too old, used, or another device's.</summary>
    Expired,

    /// <summary>The device counts in another life of the inbox: the store was wiped or has gone back in time.</summary>
    Epoch,

    /// <summary>The device has been away so long that something it has not read is gone.</summary>
    Trimmed,
}

/// <summary>How far an inbox reaches, or a device in it.</summary>
/// <param name="Seq">The last seq given out, or acknowledged; 0 for none.</param>
/// <param name="Epoch">Changes when the store was wiped and the seqs begin at 1 again, or has gone back in time; null for an inbox that never had a message or a hello.</param>
internal readonly record struct InboxEnd(long Seq, string? Epoch);

/// <summary>A stretch of an inbox.</summary>
/// <param name="Envelopes">In order; each has its <see cref="Envelope.Seq"/> and <see cref="Envelope.Epoch"/>.</param>
/// <param name="AtEnd">Whether nothing lay behind them when they were read.</param>
internal sealed record InboxPage(IReadOnlyList<Envelope> Envelopes, bool AtEnd);

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class InboxUnavailableException(string message, Exception inner) : Exception(message, inner);
