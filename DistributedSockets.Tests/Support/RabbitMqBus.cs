// A bus over real RabbitMQ, for tests.
using System.Diagnostics.Metrics;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace DistributedSockets.Tests.Support;

internal static class RabbitMqBus
{
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    /// <summary>A bus that need not be connected yet.</summary>
    public static RabbitMqNodeBus Create(IConnectionFactory? factory = null) =>
        new(factory ?? RabbitMqFixture.NewFactory(), new NodeId("tests"), new BusMetrics(Meters), TimeProvider.System, NullLoggerFactory.Instance);

    public static async Task<RabbitMqNodeBus> ConnectAsync(IConnectionFactory? factory = null)
    {
        var bus = Create(factory);
        await Eventually.IsAsync(() => bus.State == BusState.Connected, "connected to RabbitMQ");
        return bus;
    }
}
