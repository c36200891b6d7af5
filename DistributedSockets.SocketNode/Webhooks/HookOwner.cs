// Whose events they are: they are told in order per user, and per room.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>The user or room that events are of: each one's are told in order.</summary>
internal readonly record struct HookOwner(bool IsRoom, string Name)
{
    public static HookOwner Of(UserId user) => new(IsRoom: false, user.Value);

    public static HookOwner Of(RoomId room) => new(IsRoom: true, room.Value);

    /// <summary>For logs: what could forge or turn around a line is escaped.</summary>
    public override string ToString() => IsRoom ? $"room {new RoomId(Name)}" : $"user {new UserId(Name)}";
}
