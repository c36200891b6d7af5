// What two users have sent each other, as both can read it.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.History;

/// <summary>
/// What two users have sent each other with an id, in both directions. It is entered behind the inbox, from what is owed; only edits and deletions are entered before they go anywhere.
/// <para>Every member throws <see cref="InboxUnavailableException"/> when the store does not answer in time; the outcome is then unknown.</para>
/// </summary>
internal sealed class Conversations(IConversationLog log, ConversationLimits limits)
{
    private bool AreKept => limits.Messages > 0;

    /// <summary>What one of the two can read: the nearest messages before or after a place, or the newest; oldest first. Empty for two who never wrote to each other.</summary>
    /// <param name="limit">How many messages at most.</param>
    public Task<LogPage> ReadAsync(UserId user, UserId peer, LogRange range, int limit, CancellationToken cancellationToken) =>
        AreKept
            ? log.ReadHistoryAsync(new Conversation(user, peer), range, limit, cancellationToken)
            : Task.FromResult(new LogPage([], Through: 0, AtEnd: true, First: 1, End: default));

    /// <summary>Enters messages of one sender that lie in the recipient's inbox, in the order of their numbers. What was entered before is left out.</summary>
    public async Task EnterAsync(UserId from, UserId to, string life, IReadOnlyList<SentMessage> messages, CancellationToken cancellationToken)
    {
        for (var (start, end) = (0, 0); AreKept && start < messages.Count; start = end)
        {
            while (end < messages.Count && (end - start < IConversationLog.Batch || messages[end].Number == messages[end - 1].Number))
            {
                end++;
            }

            await log.EnterAsync(from, to, life, [.. messages.Skip(start).Take(end - start)], cancellationToken);
        }
    }

    /// <summary>Enters an edit or a deletion, or says why not.</summary>
    public async Task<LogPlacement> ChangeAsync(Envelope change, CancellationToken cancellationToken)
    {
        if (!AreKept)
        {
            return new LogPlacement(LogOutcome.NoSuchMessage, change.Id, 0, 0);
        }

        var entry = new RoomChange(
            change.Id, change.From, change.SentBy ?? DeviceId.Plain, change.Of!.Value, change.Kind == EnvelopeKind.Edit ? change.Body : (ReadOnlyMemory<byte>?)null, change.ClientId!)
        {
            ContentType = change.ContentType,
        };
        return (await log.ChangeAsync(new Conversation(change.From, change.To), entry, default, cancellationToken)).Placements[0];
    }
}
