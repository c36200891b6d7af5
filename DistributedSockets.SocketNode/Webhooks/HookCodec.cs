// An event as an entry of its owner's stream.
using DistributedSockets.SocketNode.Messaging;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// An event as an entry of its owner's stream: <c>k</c> type; of a user who comes or goes <c>v</c> version and <c>s</c> since when; of a message <c>m</c> id, <c>f</c> sender, <c>q</c> seq,
/// <c>t</c> when it was stored, and where it has them <c>c</c> content type and <c>b</c> body; of a room <c>u</c> the member. The owner is in the key. Written by shared-hooks.lua.
/// </summary>
internal static class HookCodec
{
    public static HookEvent Read(HookOwner owner, RedisResult entry)
    {
        var fields = ((RedisValue[])entry[1]!).Chunk(2).ToDictionary(pair => pair[0].ToString(), pair => pair[1]);
        return new HookEvent(owner, entry[0].ToString(), Read(fields));
    }

    private static HookData Read(Dictionary<string, RedisValue> fields) => fields["k"].ToString() switch
    {
        HookTypes.UserOnline => new PresenceHook(Online: true, (long)fields["v"], (long)fields["s"]),
        HookTypes.UserOffline => new PresenceHook(Online: false, (long)fields["v"], (long)fields["s"]),
        HookTypes.MessageStored => new StoredHook(
            new UserId(fields["f"].ToString()), new MessageId(fields["m"].ToString()), (long)fields["q"], (long)fields["t"],
            fields.GetValueOrDefault("c"), (byte[]?)fields.GetValueOrDefault("b") ?? []),
        HookTypes.RoomOccupied => new RoomHook(Occupied: true, new UserId(fields["u"].ToString())),
        HookTypes.RoomVacated => new RoomHook(Occupied: false, new UserId(fields["u"].ToString())),
        var other => throw new FormatException($"There are no events of the type '{other}'."),
    };
}
