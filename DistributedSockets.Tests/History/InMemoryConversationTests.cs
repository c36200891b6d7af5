// The logs of conversations in memory keep the contract.
using DistributedSockets.SocketNode.History;

namespace DistributedSockets.Tests.History;

public sealed class InMemoryConversationTests : ConversationContract
{
    private protected override IConversationLog CreateLog(ConversationLimits limits) => new InMemoryConversationLog(limits, TimeProvider.System);
}
