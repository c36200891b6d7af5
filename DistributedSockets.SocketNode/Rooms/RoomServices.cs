// What every connection works with in its rooms.
namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What every connection works with in its rooms.</summary>
internal sealed record RoomServices(
    IMembership Membership, IRoomLog Log, RoomFeeds Feeds, Everyone Everyone, RoomCatchUp CatchUp, RoomOutbox Outbox, TimeProvider Time, ILogger<RoomServices> Logger);
