// The logs of conversations in memory keep the contract.
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.History;

public sealed class InMemoryConversationTests : ConversationContract
{
    private protected override IMessageLog<Conversation> CreateLog(ConversationLimits limits) => new InMemoryMessageLog<Conversation>(limits, TimeProvider.System);
}
