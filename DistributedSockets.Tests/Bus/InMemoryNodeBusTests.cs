// The in-memory bus keeps the contract.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.Tests.Contracts;

namespace DistributedSockets.Tests.Bus;

public sealed class InMemoryNodeBusTests : BusContract
{
    private protected override Task<(INodeBus Sender, INodeBus Receiver)> ConnectAsync()
    {
        var shared = new InMemoryNodeBus(TimeProvider.System);
        return Task.FromResult<(INodeBus, INodeBus)>((shared, shared));
    }
}
