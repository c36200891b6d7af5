// A message between users while the system carries it.
using System.Diagnostics;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// A message, or a receipt, between users while the system carries it. Immutable: where it lies (inbox, hint) is said by what holds it.
/// </summary>
/// <param name="Id">Made by the node that took the message in.</param>
/// <param name="From">The sender, as proven by their connection; of a receipt, the peer whose doing it tells.</param>
/// <param name="To">The recipient.</param>
/// <param name="Body">The JSON value of <c>body</c>: the bytes that came, one complete value in UTF-8. Of a receipt: see <see cref="Receipts.ReceiptBody"/>.</param>
/// <param name="SentAt">When the node took it in: milliseconds since 1970 UTC.</param>
/// <param name="Trace">The span that last touched it, so that one trace covers both nodes; default when not traced.</param>
internal sealed record Envelope(MessageId Id, UserId From, UserId To, ReadOnlyMemory<byte> Body, long SentAt, ActivityContext Trace = default) : Push
{
    public EnvelopeKind Kind { get; init; }

    /// <summary>The sender's own id, at most 64 characters. It makes the message reliable: stored, acknowledged, and the same id is stored once.</summary>
    public string? ClientId { get; init; }

    public bool IsReliable => ClientId is not null;

    /// <summary>What the body is, in the sender's words; at most 128 characters.</summary>
    public string? ContentType { get; init; }

    /// <summary>After how many seconds it expires; 0 for the inbox's own limit.</summary>
    public int TtlSeconds { get; init; }

    /// <summary>How many nodes have passed it on because the recipient was not there.</summary>
    public int Hops { get; init; }

    /// <summary>Other copies went to other places where the recipient is: a node that does not find the recipient drops this one.</summary>
    public bool IsOneOfSeveral { get; init; }

    /// <summary>
    /// Its place in the recipient's inbox when this is a <em>hint</em>, the copy of a stored message that the bus carries;
    /// 0 for a fast copy, which is stored nowhere.
    /// </summary>
    public long Seq { get; init; }

    /// <summary>Which life of the inbox <see cref="Seq"/> counts in; null for a fast copy.</summary>
    public string? Epoch { get; init; }

    /// <summary>Who wants to know of every hop; null for nobody.</summary>
    public HopListener? HopListener { get; init; }

    public bool IsHint => Seq > 0;

    /// <summary>The sender's device; null where nobody has to know. It is not sent a copy of what it has sent.</summary>
    public DeviceId? SentBy { get; init; }

    /// <summary>Of an edit or a deletion: the message that it is about.</summary>
    public MessageId? Of { get; init; }

    /// <summary>Set when this is a copy for the other devices of the sender, who then is <see cref="To"/> as well.</summary>
    public SentCopy? Copy { get; init; }

    /// <summary>An edit or a deletion.</summary>
    public bool IsChange => Kind is EnvelopeKind.Edit or EnvelopeKind.Delete;

    /// <summary>Whether the inbox that it lies in has to account for it: it was sent to the user.</summary>
    public bool IsAccounted => Kind != EnvelopeKind.Receipt && Copy is null;

    public override int Size => Body.Length;
}

/// <summary>What a copy is of.</summary>
/// <param name="To">Whom it was sent to.</param>
/// <param name="At">When it was stored for them: milliseconds since 1970 UTC.</param>
internal sealed record SentCopy(UserId To, long At);

/// <summary>What an envelope carries.</summary>
internal enum EnvelopeKind : byte
{
    Message = 0,

    /// <summary>What became of messages that the recipient of this envelope had sent.</summary>
    Receipt = 1,

    /// <summary>A message of the sender says something else from here on.</summary>
    Edit = 2,

    /// <summary>A message of the sender is taken back.</summary>
    Delete = 3,
}
