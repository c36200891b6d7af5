// How much of rooms, presence and the API one user, connection or request may have.
namespace DistributedSockets.SocketNode;

internal sealed partial class LimitOptions
{
    /// <summary>Rooms of one user, and so of each of their connections.</summary>
    public int RoomsPerConnection { get; set; } = 128;

    public int RoomMembers { get; set; } = 100_000;

    /// <summary>Messages in a room's log; then the oldest go.</summary>
    public int RoomMessages { get; set; } = 1000;

    /// <summary>Bytes of bodies in a room's log; then the oldest go.</summary>
    public long RoomBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a room's log keeps a message.</summary>
    public TimeSpan RoomRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Messages in a conversation's log; then the oldest go. 0: no conversations are kept.</summary>
    public int ConversationMessages { get; set; } = 1000;

    /// <summary>Bytes of bodies in a conversation's log; then the oldest go.</summary>
    public long ConversationBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a conversation's log keeps a message.</summary>
    public TimeSpan ConversationRetention { get; set; } = TimeSpan.FromDays(30);

    public int EditsPerMessage { get; set; } = 100;

    /// <summary>Users and rooms that one connection shows at once that its user types.</summary>
    public int TypingTargets { get; set; } = 32;

    /// <summary>Users whose presence one connection watches.</summary>
    public int PresenceUsers { get; set; } = 1000;

    /// <summary>Rooms whose presence one connection watches.</summary>
    public int PresenceRooms { get; set; } = 20;

    /// <summary>Members of a room whose presence is watched.</summary>
    public int PresenceRoomMembers { get; set; } = 1000;

    /// <summary>Bytes of a status.</summary>
    public int StatusBytes { get; set; } = 1024;

    /// <summary>Messages of one batch.</summary>
    public int BatchMessages { get; set; } = 1000;

    /// <summary>Bytes of a batch.</summary>
    public int BatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Bytes of any other request to the API.</summary>
    public int ApiBytes { get; set; } = 64 * 1024;
}
