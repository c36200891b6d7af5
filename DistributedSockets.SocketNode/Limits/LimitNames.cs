// The name of every limit: its setting, in errors and in the metric too.
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Limits;

/// <summary>What a limit is called wherever it is spoken of: by its setting.</summary>
internal static class LimitNames
{
    public const string FrameBytes = "Limits:FrameBytes";
    public const string SendQueueMessages = "Limits:SendQueueMessages";
    public const string SendQueueBytes = "Limits:SendQueueBytes";
    public const string ConnectionsPerUser = "Limits:ConnectionsPerUser";
    public const string DevicesPerUser = "Limits:DevicesPerUser";
    public const string InboxMessages = "Limits:InboxMessages";
    public const string InboxBytes = "Limits:InboxBytes";
    public const string InboxRetention = "Limits:InboxRetention";
    public const string MessagesInFlight = "Limits:MessagesInFlight";
    public const string HelloTimeout = "Limits:HelloTimeout";
    public const string PingInterval = "Limits:PingInterval";
    public const string PingTimeout = "Limits:PingTimeout";

    public const string MessagesPerSecond = "Limits:MessagesPerSecond";
    public const string MessagesBurst = "Limits:MessagesBurst";
    public const string UserMessagesPerSecond = "Limits:UserMessagesPerSecond";
    public const string UserMessagesBurst = "Limits:UserMessagesBurst";
    public const string AddressMessagesPerSecond = "Limits:AddressMessagesPerSecond";
    public const string AddressMessagesBurst = "Limits:AddressMessagesBurst";
    public const string CommandsPerSecond = "Limits:CommandsPerSecond";
    public const string CommandsBurst = "Limits:CommandsBurst";
    public const string UserConnectsPerSecond = "Limits:UserConnectsPerSecond";
    public const string UserConnectsBurst = "Limits:UserConnectsBurst";
    public const string AddressConnectsPerSecond = "Limits:AddressConnectsPerSecond";
    public const string AddressConnectsBurst = "Limits:AddressConnectsBurst";
    public const string ApiPerSecond = "Limits:ApiPerSecond";
    public const string ApiBurst = "Limits:ApiBurst";

    public const string Connections = "Limits:Connections";
    public const string ConnectsInProgress = "Limits:ConnectsInProgress";

    public const string RoomsPerConnection = "Limits:RoomsPerConnection";
    public const string RoomMembers = "Limits:RoomMembers";
    public const string RoomMessages = "Limits:RoomMessages";
    public const string RoomBytes = "Limits:RoomBytes";
    public const string RoomRetention = "Limits:RoomRetention";
    public const string ConversationMessages = "Limits:ConversationMessages";
    public const string ConversationBytes = "Limits:ConversationBytes";
    public const string ConversationRetention = "Limits:ConversationRetention";
    public const string EditsPerMessage = "Limits:EditsPerMessage";
    public const string TypingTargets = "Limits:TypingTargets";
    public const string PresenceUsers = "Limits:PresenceUsers";
    public const string PresenceRooms = "Limits:PresenceRooms";
    public const string PresenceRoomMembers = "Limits:PresenceRoomMembers";
    public const string StatusBytes = "Limits:StatusBytes";
    public const string BatchMessages = "Limits:BatchMessages";
    public const string BatchBytes = "Limits:BatchBytes";
    public const string ApiBytes = "Limits:ApiBytes";

    /// <summary>The limit that a connection is closed for; null where it is closed for something else.</summary>
    public static string? Of(CloseReason reason) =>
        reason == CloseReason.FrameTooLarge ? FrameBytes
        : reason == CloseReason.TooManyConnections ? ConnectionsPerUser
        : reason == CloseReason.SlowConsumer ? SendQueueMessages
        : reason == CloseReason.NoHello ? HelloTimeout
        : null;
}
