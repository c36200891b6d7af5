// Logs of conversations that live in this process.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.History;

/// <summary>Logs of conversations that live in this process.</summary>
internal sealed class InMemoryConversationLog(ConversationLimits limits, TimeProvider time) : InMemoryMessageLog<Conversation>(limits, time), IConversationLog
{
    public Task EnterAsync(UserId sender, UserId recipient, string life, IReadOnlyList<SentMessage> messages, CancellationToken cancellationToken) =>
        With(new Conversation(sender, recipient), log =>
        {
            log.Enter(recipient, life, messages);
            return true;
        });
}
