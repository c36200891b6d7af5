// What every connection works with in its rooms.
using DistributedSockets.SocketNode.Diagnostics;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What every connection works with in its rooms.</summary>
internal sealed record RoomServices(
    IMembership Membership, IRoomLog Log, RoomFeeds Feeds, Everyone Everyone, RoomCatchUp CatchUp, RoomOutbox Outbox, TimeProvider Time, NodeMetrics Metrics, ILogger<RoomServices> Logger);
