// The types of events, as they are on the wire.
namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>The types of events, as they are on the wire and in Redis.</summary>
internal static class HookTypes
{
    public const string UserOnline = "user.online";
    public const string UserOffline = "user.offline";
    public const string MessageStored = "message.stored";
    public const string RoomOccupied = "room.occupied";
    public const string RoomVacated = "room.vacated";

    public static readonly IReadOnlyList<string> All = [UserOnline, UserOffline, MessageStored, RoomOccupied, RoomVacated];
}
