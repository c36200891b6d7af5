// What is owed to the senders of a user's messages, and how it gets across to their inboxes.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>
/// What is owed to the senders of a user's messages. An outcome is entered into the user's list in the step that decides it; from there it crosses to the sender's inbox
/// in three steps that any node may repeat: <see cref="ReadOwedAsync"/>, <see cref="AppendAsync"/> (which drops what it has seen), <see cref="SettleAsync"/>.
/// Whoever comes next finishes what a killed node has left.
/// <para>Every member throws <see cref="InboxUnavailableException"/> when the store does not answer in time; the outcome is then unknown.</para>
/// </summary>
internal interface IReceipts
{
    /// <summary>
    /// The reader has read what <paramref name="from"/> sent, up to a seq of the reader's inbox; forward only. Nothing is owed to somebody from whom no reliable message
    /// lies in between: a stranger gets no receipts.
    /// </summary>
    /// <param name="epoch">The life of the inbox that the reader's device counts in: in another one the seq means nothing, and nothing happens. Null where nobody knows.</param>
    /// <returns>Whether receipts are owed to senders now.</returns>
    Task<bool> MarkReadAsync(UserId reader, UserId from, string? epoch, long upto, CancellationToken cancellationToken);

    /// <summary>The oldest outcomes that are owed behind the number <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    Task<OwedPage> ReadOwedAsync(UserId user, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Puts what is owed into a sender's inbox: a receipt for each stretch of outcomes of one state, and copies. Never refused for want of room. What was put there before, by its
    /// life and number, is left out.
    /// </summary>
    /// <param name="sender">Whose messages they were: the receipts' recipient.</param>
    /// <param name="peer">Who owes it.</param>
    /// <param name="life">What the numbers count in.</param>
    /// <param name="owed">In the order of their numbers; all of this sender.</param>
    Task<ReceiptsAppended> AppendAsync(UserId sender, UserId peer, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken);

    /// <summary>The messages of outcomes of <see cref="ReceiptState.Copy"/>, in their order. What has left the inbox since is left out.</summary>
    Task<IReadOnlyList<Envelope>> ReadCopiedAsync(UserId user, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken);

    /// <summary>The devices that have a place in the inbox of a user, but for plain connections.</summary>
    Task<IReadOnlyList<DeviceId>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>Forgets outcomes: they lie in their senders' inboxes. Nothing happens in another life.</summary>
    /// <param name="numbers">Of one page at most, and at least one.</param>
    Task SettleAsync(UserId user, string life, IReadOnlyList<long> numbers, CancellationToken cancellationToken);
}

/// <summary>What becomes of a message, as its sender is told; on the wire in lower case.</summary>
internal enum ReceiptState : byte
{
    /// <summary>A device of the recipient has acknowledged it.</summary>
    Delivered,

    /// <summary>The recipient has read it, and what the same sender had sent before it.</summary>
    Read,

    /// <summary>Its time was over before a device acknowledged it.</summary>
    Expired,

    /// <summary>It was taken out of the inbox before a device acknowledged it.</summary>
    Failed,

    /// <summary>It is stored. No receipt: what is owed is the message itself, to the conversation's log and to the sender's other devices.</summary>
    Copy,
}

/// <summary>One outcome that is owed: of what one step has decided for one sender, at most <see cref="InboxLimits.MessagesPerReceipt"/> messages.</summary>
/// <param name="Number">Rises with each outcome of this user, within the life of their list.</param>
/// <param name="Sender">Whom it is owed to.</param>
/// <param name="Messages">
/// Whose outcome it is, in the order of the inbox, never none; of <see cref="ReceiptState.Read"/>, the last message that was read; of <see cref="ReceiptState.Copy"/>, the first of
/// <see cref="Count"/> that follow each other.
/// </param>
/// <param name="Seq">The last message's place in the inbox of the user who owes.</param>
/// <param name="Device">The device that has acknowledged them, or has sent what is to be copied; null where none has.</param>
/// <param name="At">Milliseconds since 1970 UTC, by the store's clock.</param>
internal sealed record OwedReceipt(long Number, UserId Sender, IReadOnlyList<MessageId> Messages, long Seq, ReceiptState State, DeviceId? Device, long At)
{
    /// <summary>How many messages it is of.</summary>
    public int Count { get => field > 0 ? field : Messages.Count; init; }

    /// <summary>The first message's place, of messages that follow each other.</summary>
    public long FirstSeq => Seq - Count + 1;

    /// <summary>Of a copy: whether this message in the inbox of the user who owes is one of it.</summary>
    public bool Includes(Envelope message) => message.Seq >= FirstSeq && message.Seq <= Seq && message.From == Sender && message.IsReliable && message.IsAccounted;

    /// <summary>Of a copy: what the sender's inbox is to get, nothing where nobody would see it.</summary>
    public IReadOnlyList<Envelope> Copies { get; init; } = [];

    /// <summary>Whether there is anything for the sender's inbox.</summary>
    public bool HasEntries => State != ReceiptState.Copy || Copies.Count > 0;
}

/// <param name="Life">What the numbers count in: the inbox's first epoch since the store was empty. Another epoch does not change it, so nothing crosses twice.</param>
/// <param name="Owed">In the order of their numbers.</param>
/// <param name="AtEnd">Whether nothing lay behind them when they were read.</param>
internal sealed record OwedPage(string Life, IReadOnlyList<OwedReceipt> Owed, bool AtEnd)
{
    /// <summary>Outcomes that are carried at once.</summary>
    public const int Size = 100;
}

/// <param name="Receipts">What was put into the sender's inbox, receipts and copies: hints, with their seq and epoch.</param>
/// <param name="Sessions">Where the sender was at that moment.</param>
internal sealed record ReceiptsAppended(IReadOnlyList<Envelope> Receipts, IReadOnlyList<Session> Sessions);
