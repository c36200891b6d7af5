// What two users have sent each other, by number.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.History;

/// <summary>What two users have sent each other, by number: the log's class of a room on another key.</summary>
internal interface IConversationLog : IMessageLog<Conversation>
{
    /// <summary>Messages that are entered at once, more where one outcome has more.</summary>
    const int Batch = RoomLimits.Batch;

    /// <summary>
    /// Enters messages of one sender that lie in the recipient's inbox, in the order of what is owed for them. What was entered before is left out, whoever did that: it is known by the life
    /// and the number of its outcome, so the messages of one outcome are never parted.
    /// </summary>
    /// <param name="life">What the numbers count in.</param>
    Task EnterAsync(UserId sender, UserId recipient, string life, IReadOnlyList<SentMessage> messages, CancellationToken cancellationToken);
}

/// <summary>A message that was stored for its recipient, and the number of the outcome that tells so.</summary>
internal readonly record struct SentMessage(long Number, Envelope Message);
