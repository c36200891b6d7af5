// What was sent in one place, by number: what the log of a room and that of a conversation have in common.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What was sent in one place, by number (rseq): what the log of a room and that of a conversation have in common. See <see cref="IRoomLog"/>.</summary>
/// <typeparam name="TName">What names the place.</typeparam>
internal interface IMessageLog<TName>
{
    /// <summary>
    /// A sender edits or deletes a message of theirs. The change has a number of its own, is remembered by its id as a message is, and from then on nobody is shown the message as it was.
    /// </summary>
    /// <param name="seen">
    /// The furthest end of the log that the caller knows; default for none. A log that ends before it has gone back in time: it gets another epoch before a number is given out twice.
    /// </param>
    Task<LogAppended> ChangeAsync(TName name, RoomChange change, LogEnd seen, CancellationToken cancellationToken);

    /// <summary>
    /// What the log has to show behind or before a place, or its newest; always oldest first. A page without entries has nothing behind it. Reading begins no log.
    /// </summary>
    /// <param name="limit">How many messages at most.</param>
    Task<LogPage> ReadHistoryAsync(TName name, LogRange range, int limit, CancellationToken cancellationToken);
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
