// A user's stored messages, by sequence.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// A user's stored messages, by sequence (seq): it starts at 1 and only rises. What is above the <em>delivered</em> mark, the highest seq that
/// any device has acknowledged, is never dropped to make room.
/// <para>Every member throws <see cref="InboxUnavailableException"/> when the store does not answer in time; the outcome is then unknown.</para>
/// </summary>
internal interface IInbox
{
    /// <summary>
    /// Stores messages for one user in their order, all or none, and tells where the user is at that same moment: a session that is opened
    /// later reads them on its own, a session that is returned wants a hint.
    /// </summary>
    Task<AppendResult> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken);

    /// <summary>Where a device's reading starts: its own cursor, else, for a device not seen before, the user's delivered mark.</summary>
    Task<long> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken);

    /// <summary>The messages after <paramref name="after"/>, at most <paramref name="limit"/>, in order, each with its seq.</summary>
    Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken);

    /// <summary>How far each user's inbox reaches, in one round trip: how a node finds out who missed a hint.</summary>
    Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken);

    /// <summary>
    /// Moves the device's cursor and the user's delivered mark, forward only. A seq that was never given out moves nothing: to count it as the
    /// end would skip what nobody has seen.
    /// </summary>
    Task AcknowledgeAsync(UserId user, DeviceId device, long seq, CancellationToken cancellationToken);
}

/// <summary>What became of an append.</summary>
internal abstract record AppendResult
{
    /// <summary>Stored from <paramref name="FirstSeq"/> on, one seq each. <paramref name="Sessions"/> is where the user was at that moment.</summary>
    public sealed record Stored(long FirstSeq, IReadOnlyList<Session> Sessions) : AppendResult;

    /// <summary>Nothing was stored: what waits above the delivered mark has reached the limit.</summary>
    public sealed record Full : AppendResult;
}

/// <summary>How far an inbox reaches.</summary>
/// <param name="Seq">The last seq given out; 0 for none.</param>
/// <param name="Epoch">Changes when the store was wiped and the seqs begin at 1 again; null for an inbox that never had a message.</param>
internal readonly record struct InboxEnd(long Seq, string? Epoch);

/// <summary>A stretch of an inbox.</summary>
/// <param name="Envelopes">In order; each has its <see cref="Envelope.Seq"/>.</param>
/// <param name="AtEnd">Whether nothing lay behind them when they were read.</param>
internal sealed record InboxPage(IReadOnlyList<Envelope> Envelopes, bool AtEnd);

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class InboxUnavailableException(string message, Exception inner) : Exception(message, inner);
