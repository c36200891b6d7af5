// A node that receives from the bus until disposed.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

/// <summary>A node that receives from the bus until it is stopped.</summary>
internal sealed class ConsumingNode : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _consuming;

    private ConsumingNode(INodeBus bus, NodeIncarnation incarnation, RecordingReceiver received)
    {
        Incarnation = incarnation;
        Received = received;
        _consuming = bus.ConsumeAsync(incarnation, received.Receiver, _stopping.Token);
    }

    public NodeIncarnation Incarnation { get; }

    public RecordingReceiver Received { get; }

    /// <summary>Returns when its queue is bound.</summary>
    public static async Task<ConsumingNode> StartAsync(INodeBus bus, NodeIncarnation incarnation)
    {
        var node = new ConsumingNode(bus, incarnation, new RecordingReceiver());
        await node.Received.ResumedAsync();
        return node;
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _consuming.WaitAsync(StopPatience);
    }

    /// <summary>Asks it to stop, without waiting for it.</summary>
    public Task BeginStopAsync() => _stopping.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }
}
