// What scripts return of a user's presence: {version, 1 if online, since, status or '', watching node, …}.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>What scripts return of a user's presence: <c>{version, 1 if online, since, status or '', watching node, …}</c>.</summary>
internal static class PresenceCodec
{
    private const int StateLength = 4;

    /// <summary>The keys of every script that may change what others see of a user.</summary>
    public static RedisKey[] Keys(UserId user) => [RedisKeys.Sessions(user), RedisKeys.Presence(user), RedisKeys.Watchers(user)];

    /// <summary>Those of scripts in which the user may come or go, which is told to the application's back end where it wants it.</summary>
    public static RedisKey[] Keys(UserId user, WantedHooks hooks) => hooks.IsNone
        ? Keys(user)
        : [.. Keys(user), RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Events(HookOwner.Of(user)), RedisKeys.Hook(HookOwner.Of(user))];

    /// <summary>Null where nothing has changed.</summary>
    public static PresenceChange? ReadChange(UserId user, RedisResult announced) => announced.IsNull
        ? null
        : new PresenceChange(ReadState(user, announced), [.. RedisKeys.ReadMembers(((RedisValue[])announced!).Skip(StateLength))]);

    public static PresenceState ReadState(UserId user, RedisResult state)
    {
        var values = (RedisValue[])state!;
        return ReadState(user, values[0], values[1], values[2], values[3]);
    }

    /// <summary>What is absent was never told.</summary>
    public static PresenceState ReadState(UserId user, RedisValue version, RedisValue online, RedisValue since, RedisValue status) =>
        new(user, (long)version, (long)online == 1, (long)since, (byte[]?)status ?? []);
}
