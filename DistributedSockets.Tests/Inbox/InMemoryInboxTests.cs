// The inbox in memory keeps the contract.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;

namespace DistributedSockets.Tests.Inbox;

public sealed class InMemoryInboxTests : InboxContract
{
    private protected override Task<(IInbox Inbox, IConnectionRegistry Registry)> CreateAsync(InboxLimits limits)
    {
        var registry = new InMemoryConnectionRegistry(TimeProvider.System, TimeSpan.FromSeconds(6));
        return Task.FromResult<(IInbox, IConnectionRegistry)>((new InMemoryInbox(registry, limits), registry));
    }
}
