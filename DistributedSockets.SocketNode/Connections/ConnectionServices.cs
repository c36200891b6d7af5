// What every connection of a node works with.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>What every connection of a node works with.</summary>
internal sealed record ConnectionServices(
    MessageRouter Router, IInbox Inbox, ReceiptCourier Receipts, RoomServices Rooms, HopReporter Hops, Failpoints Failpoints, NodeStatus Status, NodeMetrics Metrics, IOptions<SocketNodeOptions> Options, TimeProvider Time,
    ILogger<Connection> Logger)
{
    public LimitOptions Limits => Options.Value.Limits;
}
