using System.Text.Json;

namespace DistributedSockets.Client;

/// <summary>How others see a user.</summary>
/// <param name="User">Who.</param>
/// <param name="IsOnline">Whether they have a connection.</param>
/// <param name="Since">Since when they are online, or last were; null for one who never was.</param>
/// <param name="Status">What they have set; undefined for none.</param>
/// <param name="Devices">One's own devices, where one has asked for oneself; else empty.</param>
public sealed record Presence(string User, bool IsOnline, DateTimeOffset? Since, JsonElement Status, IReadOnlyList<DevicePresence> Devices)
{
    internal long Version { get; private init; }

    /// <summary>One of those who are online in a room.</summary>
    internal static Presence ParseMember(JsonElement item) => new(item.Text("user") ?? "", true, item.TimeOrNull("since"), item.Value("status"), []);

    internal static Presence Parse(JsonElement push) => new(
        push.Text("user") ?? "",
        push.Flag("online"),
        push.TimeOrNull("since"),
        push.Value("status"),
        [.. push.Items("devices").Select(DevicePresence.Parse)])
    {
        Version = push.Number("v") ?? 0,
    };
}

/// <summary>A device of one's own.</summary>
/// <param name="Device">Its name; null for the plain connections.</param>
/// <param name="IsOnline">Whether it is connected.</param>
/// <param name="Since">Since when.</param>
public sealed record DevicePresence(string? Device, bool IsOnline, DateTimeOffset? Since)
{
    internal static DevicePresence Parse(JsonElement item) => new(item.Text("device"), item.Flag("online"), item.TimeOrNull("since"));
}

/// <summary>Who of a room's members is online.</summary>
/// <param name="Room">The room.</param>
/// <param name="Online">Those who are, in no particular order; without their devices.</param>
/// <param name="Count">How many members the room has, online or not.</param>
public sealed record RoomPresence(string Room, IReadOnlyList<Presence> Online, long Count);
