// The bus over RabbitMQ keeps the contract.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Bus;

public sealed class RabbitMqNodeBusTests : BusContract
{
    private readonly List<RabbitMqNodeBus> _buses = [];

    private protected override async Task<(INodeBus Sender, INodeBus Receiver)> ConnectAsync()
    {
        _buses.Add(await RabbitMqBus.ConnectAsync());
        _buses.Add(await RabbitMqBus.ConnectAsync());
        return (_buses[0], _buses[1]);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var bus in _buses)
        {
            await bus.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
