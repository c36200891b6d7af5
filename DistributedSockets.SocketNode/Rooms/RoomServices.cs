// What every connection works with in its rooms.
namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What every connection works with in its rooms.</summary>
internal sealed record RoomServices(
    IMembership Membership, IRoomLog Log, RoomFeeds Feeds, RoomCatchUp CatchUp, RoomOutbox Outbox, TimeProvider Time, ILogger<RoomServices> Logger)
{
    /// <summary>When a client may try again what could not be done: about how long a short outage of Redis lasts.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
}
