// What was sent to a room, by number.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// What was sent to a room, by number (rseq): it starts at 1 and rises by one within an <em>epoch</em>, the life of one log. The oldest entries go when there are too
/// many, or too many bytes of them, or when they are too old.
/// <para>Every member throws <see cref="RoomsUnavailableException"/> when the store does not answer in time; the outcome is then unknown.</para>
/// </summary>
internal interface IRoomLog
{
    /// <summary>Stores messages in their order, at most <see cref="RoomLimits.Batch"/>. Nothing is refused for lack of room.</summary>
    /// <param name="seen">
    /// The furthest end of the log that the caller knows; default for none. A log that ends before it has gone back in time: it gets another epoch before a number is given out twice.
    /// </param>
    Task<LogAppended> AppendAsync(RoomId room, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken);

    /// <summary>
    /// A sender edits or deletes a message of theirs. The change has a number of its own, is remembered by its id as a message is, and from then on nobody is shown the message as it was.
    /// </summary>
    Task<LogAppended> ChangeAsync(RoomId room, RoomChange change, LogEnd seen, CancellationToken cancellationToken);

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

    /// <summary>
    /// What the log has to show behind or before a place, or its newest; always oldest first. A page without entries has nothing behind it. Reading begins no log.
    /// </summary>
    /// <param name="limit">How many messages at most.</param>
    Task<LogPage> ReadHistoryAsync(RoomId room, LogRange range, int limit, CancellationToken cancellationToken);

    /// <summary>How far each log reaches, in one round trip: how a node finds out what it has missed.</summary>
    Task<IReadOnlyList<LogEnd>> ReadEndsAsync(IReadOnlyList<RoomId> rooms, CancellationToken cancellationToken);
}

/// <summary>How far a log reaches, or somebody in it.</summary>
/// <param name="Rseq">The last number; 0 for none.</param>
/// <param name="Epoch">What it counts in; null for a log that has not begun.</param>
internal readonly record struct LogEnd(long Rseq, string? Epoch);

/// <summary>What became of an append.</summary>
/// <param name="Placements">One for each message, in their order.</param>
/// <param name="Epoch">What their numbers count in.</param>
internal sealed record LogAppended(IReadOnlyList<LogPlacement> Placements, string Epoch);

/// <summary>What became of one message.</summary>
/// <param name="Id">Of a repeated one: the id under which it was stored first.</param>
/// <param name="Rseq">Its place; 0 when refused.</param>
/// <param name="StoredAt">When it was stored first, by the store's clock: milliseconds since 1970 UTC; 0 when refused.</param>
internal readonly record struct LogPlacement(LogOutcome Outcome, MessageId Id, long Rseq, long StoredAt);

internal enum LogOutcome
{
    Stored,

    /// <summary>The same sender, id and body were stored before, and are still shown.</summary>
    Duplicate,

    /// <summary>The same sender and id with another body: nothing was stored.</summary>
    IdReused,

    /// <summary>The same sender, id and body were stored before, and are not shown any more: nobody may be sent it now.</summary>
    Gone,

    /// <summary>There is no such message any more: nothing was stored. As are the next two.</summary>
    NoSuchMessage,

    /// <summary>Somebody else has sent it.</summary>
    NotYours,

    /// <summary>It was edited too often.</summary>
    TooManyEdits,
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

/// <summary>Which messages of a history are wanted; neither: the newest.</summary>
/// <param name="Before">The nearest before this number.</param>
/// <param name="After">The nearest after this one.</param>
internal readonly record struct LogRange(long? Before = null, long? After = null);

/// <summary>A stretch of a log.</summary>
/// <param name="Entries">Oldest first.</param>
/// <param name="Through">The last number that was looked at: what lies up to there and is not among the entries is not to be shown.</param>
/// <param name="AtEnd">Whether nothing lay behind that, in the direction of reading.</param>
/// <param name="First">The oldest number that the log still has; one more than its end when it is empty.</param>
/// <param name="End">The log's end when it was read.</param>
internal sealed record LogPage(IReadOnlyList<LogEntry> Entries, long Through, bool AtEnd, long First, LogEnd End);

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class RoomsUnavailableException(string message, Exception inner) : Exception(message, inner);
