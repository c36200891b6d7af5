// A message between users while the system carries it.
using System.Diagnostics;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// A message between users while the system carries it. Immutable: where it lies (inbox, hint) is said by what holds it.
/// </summary>
/// <param name="Id">Made by the node that took the message in.</param>
/// <param name="From">The sender, as proven by their connection.</param>
/// <param name="To">The recipient.</param>
/// <param name="Body">The JSON value of <c>body</c>: the bytes that came, one complete value in UTF-8.</param>
/// <param name="SentAt">When the node took it in: milliseconds since 1970 UTC.</param>
/// <param name="Trace">The span that last touched it, so that one trace covers both nodes; default when not traced.</param>
internal sealed record Envelope(MessageId Id, UserId From, UserId To, ReadOnlyMemory<byte> Body, long SentAt, ActivityContext Trace = default)
{
    /// <summary>How many nodes have passed it on because the recipient was not there.</summary>
    public int Hops { get; init; }

    /// <summary>Other copies went to other places where the recipient is: a node that does not find the recipient drops this one.</summary>
    public bool IsOneOfSeveral { get; init; }

    /// <summary>
    /// Its place in the recipient's inbox when this is a <em>hint</em>, the copy of a stored message that the bus carries;
    /// 0 for a fast copy, which is stored nowhere.
    /// </summary>
    public long Seq { get; init; }

    public bool IsHint => Seq > 0;
}
