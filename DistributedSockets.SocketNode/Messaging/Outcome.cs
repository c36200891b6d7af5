// What a sender is told of a message that went through a lane.
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Where a message lies in its recipient's inbox.</summary>
/// <param name="Id">Of a message that was sent before: the id that it got then.</param>
/// <param name="At">When it was stored: milliseconds since 1970 UTC.</param>
/// <param name="IsDuplicate">It was stored by an earlier attempt.</param>
internal readonly record struct Placed(MessageId Id, long Seq, long At, bool IsDuplicate);

/// <summary>What a sender is told of a message: where it lies, or why it does not. Nothing is told of a fast message that went its way.</summary>
internal readonly record struct Outcome(Placed? Placed, ErrorCode? Error)
{
    public static Outcome Stored(Placed placed) => new(placed, null);

    public static Outcome Refused(ErrorCode error) => new(null, error);
}
