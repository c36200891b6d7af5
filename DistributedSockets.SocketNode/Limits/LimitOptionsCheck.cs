// Which limits make sense.
namespace DistributedSockets.SocketNode.Limits;

/// <summary>Which limits make sense.</summary>
internal static class LimitOptionsCheck
{
    private const int FastestRate = 1_000_000;

    public static void Check(LimitOptions limits, List<string> problems)
    {
        OptionRange.Check(LimitNames.FrameBytes, limits.FrameBytes, 1024, 16 * 1024 * 1024, problems);
        OptionRange.Check(LimitNames.SendQueueMessages, limits.SendQueueMessages, 10, 1_000_000, problems);
        OptionRange.Check(LimitNames.SendQueueBytes, limits.SendQueueBytes, 2 * limits.FrameBytes, 1024 * 1024 * 1024, problems);
        OptionRange.Check(LimitNames.ConnectionsPerUser, limits.ConnectionsPerUser, 1, 10_000, problems);
        OptionRange.Check(LimitNames.DevicesPerUser, limits.DevicesPerUser, 1, 100, problems);
        OptionRange.Check(LimitNames.InboxMessages, limits.InboxMessages, 1, 10_000_000, problems);
        OptionRange.Check(LimitNames.InboxBytes, limits.InboxBytes, limits.FrameBytes, 64L * 1024 * 1024 * 1024, problems);
        OptionRange.Check(LimitNames.InboxRetention, limits.InboxRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365), problems);
        OptionRange.Check(LimitNames.MessagesInFlight, limits.MessagesInFlight, 1, 100_000, problems);
        OptionRange.Check(LimitNames.HelloTimeout, limits.HelloTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), problems);
        OptionRange.Check(LimitNames.PingInterval, limits.PingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), problems);
        OptionRange.Check(LimitNames.PingTimeout, limits.PingTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), problems);
        OptionRange.Check(LimitNames.Connections, limits.Connections, 0, 10_000_000, problems);
        OptionRange.Check(LimitNames.ConnectsInProgress, limits.ConnectsInProgress, 1, 1_000_000, problems);
        CheckRates(limits, problems);
        CheckCounts(limits, problems);
    }

    private static void CheckRates(LimitOptions limits, List<string> problems)
    {
        CheckRate(LimitNames.MessagesPerSecond, limits.MessagesPerSecond, LimitNames.MessagesBurst, limits.MessagesBurst, problems);
        CheckRate(LimitNames.UserMessagesPerSecond, limits.UserMessagesPerSecond, LimitNames.UserMessagesBurst, limits.UserMessagesBurst, problems);
        CheckRate(LimitNames.AddressMessagesPerSecond, limits.AddressMessagesPerSecond, LimitNames.AddressMessagesBurst, limits.AddressMessagesBurst, problems);
        CheckRate(LimitNames.CommandsPerSecond, limits.CommandsPerSecond, LimitNames.CommandsBurst, limits.CommandsBurst, problems);
        CheckRate(LimitNames.UserConnectsPerSecond, limits.UserConnectsPerSecond, LimitNames.UserConnectsBurst, limits.UserConnectsBurst, problems);
        CheckRate(LimitNames.AddressConnectsPerSecond, limits.AddressConnectsPerSecond, LimitNames.AddressConnectsBurst, limits.AddressConnectsBurst, problems);
        CheckRate(LimitNames.ApiPerSecond, limits.ApiPerSecond, LimitNames.ApiBurst, limits.ApiBurst, problems);
    }

    private static void CheckRate(string rate, int? perSecond, string burst, int saved, List<string> problems)
    {
        OptionRange.Check(rate, perSecond ?? 0, 0, FastestRate, problems);
        OptionRange.Check(burst, saved, 1, FastestRate, problems);
    }

    private static void CheckCounts(LimitOptions limits, List<string> problems)
    {
        OptionRange.Check(LimitNames.RoomsPerConnection, limits.RoomsPerConnection, 1, 1024, problems);
        OptionRange.Check(LimitNames.RoomMembers, limits.RoomMembers, 1, 10_000_000, problems);
        OptionRange.Check(LimitNames.RoomMessages, limits.RoomMessages, 1, 1_000_000, problems);
        OptionRange.Check(LimitNames.RoomBytes, limits.RoomBytes, limits.FrameBytes, 64L * 1024 * 1024 * 1024, problems);
        OptionRange.Check(LimitNames.RoomRetention, limits.RoomRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365), problems);
        OptionRange.Check(LimitNames.ConversationMessages, limits.ConversationMessages, 0, 1_000_000, problems);
        OptionRange.Check(LimitNames.ConversationBytes, limits.ConversationBytes, limits.FrameBytes, 64L * 1024 * 1024 * 1024, problems);
        OptionRange.Check(LimitNames.ConversationRetention, limits.ConversationRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365), problems);
        OptionRange.Check(LimitNames.EditsPerMessage, limits.EditsPerMessage, 1, 10_000, problems);
        OptionRange.Check(LimitNames.TypingTargets, limits.TypingTargets, 1, 10_000, problems);
        OptionRange.Check(LimitNames.PresenceUsers, limits.PresenceUsers, 1, 100_000, problems);
        OptionRange.Check(LimitNames.PresenceRooms, limits.PresenceRooms, 1, 1024, problems);
        OptionRange.Check(LimitNames.PresenceRoomMembers, limits.PresenceRoomMembers, 1, 100_000, problems);
        OptionRange.Check(LimitNames.StatusBytes, limits.StatusBytes, 1, limits.FrameBytes, problems);
        OptionRange.Check(LimitNames.BatchMessages, limits.BatchMessages, 1, 100_000, problems);
        OptionRange.Check(LimitNames.BatchBytes, limits.BatchBytes, 1024, 256 * 1024 * 1024, problems);
        OptionRange.Check(LimitNames.ApiBytes, limits.ApiBytes, 1024, 16 * 1024 * 1024, problems);
    }
}
