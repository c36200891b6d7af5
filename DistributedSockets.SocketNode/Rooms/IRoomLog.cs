// What was sent to a room, by number.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// What was sent to a room, by number (rseq): it starts at 1 and rises by one within an <em>epoch</em>, the life of one log. The oldest entries go when there are too
/// many, or too many bytes of them, or when they are too old.
/// <para>Every member throws <see cref="RoomsUnavailableException"/> when the store does not answer in time; the outcome is then unknown.</para>
/// </summary>
internal interface IRoomLog : IMessageLog<RoomId>
{
    /// <summary>Stores messages in their order, at most <see cref="RoomLimits.Batch"/>. Nothing is refused for lack of room.</summary>
    /// <param name="seen">As of <see cref="IMessageLog{TName}.ChangeAsync"/>.</param>
    Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken);

    /// <summary>
    /// A connection begins to read. It starts behind <paramref name="since"/> where that lies in the log, else behind <paramref name="place"/>.
    /// </summary>
    /// <param name="user">Whose connection; null for anybody's, in everyone's room, which lasts though it has no members.</param>
    /// <param name="place">
    /// What the system itself has noted for the device: one beyond the end means that the log has gone back in time, and gives it another epoch.
    /// </param>
    /// <param name="since">What the client says. It is believed only as far as it does no harm to others.</param>
    Task<LogStart> BeginAsync(RoomId room, UserId? user, LogEnd place, LogEnd? since, CancellationToken cancellationToken);

    /// <summary>
    /// What is to be sent to who has everything up to <paramref name="after"/>, in order, at most <see cref="RoomLimits.Page"/>.
    /// </summary>
    /// <param name="reader">Whose own entries are left out; null for nobody's.</param>
    Task<LogPage> ReadAsync(RoomId room, long after, (UserId User, DeviceId Device)? reader, CancellationToken cancellationToken);

    /// <summary>How far each log reaches, in one round trip: how a node finds out what it has missed.</summary>
    Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken);
}

/// <summary>Where a connection's reading starts.</summary>
/// <param name="After">Everything after this number is to be read.</param>
/// <param name="End">The log's end at this moment; the epoch is never null.</param>
/// <param name="Reason">Why it does not go on where it was; null when it does.</param>
/// <param name="Gap">What it should have read and can't any more: first and last number.</param>
/// <param name="Count">How many members the room has.</param>
/// <param name="IsListed">Whether the user is one of them. A member who is not, since the store has lost it, is entered again by <see cref="IMembership.JoinAsync"/>.</param>
internal sealed record LogStart(long After, LogEnd End, LogStartReason? Reason, (long From, long To)? Gap, long Count, bool IsListed);

/// <summary>Why a reading does not go on where it was; on the wire in lower case.</summary>
internal enum LogStartReason
{
    /// <summary>The place was in another life of the log.</summary>
    Epoch,

    /// <summary>The place lies before the beginning of the log.</summary>
    Trimmed,
}

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class RoomsUnavailableException(string message, Exception inner) : Exception(message, inner);
