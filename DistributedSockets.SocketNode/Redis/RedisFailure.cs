// What counts as "the store did not answer or refused".
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

internal static class RedisFailure
{
    /// <summary>
    /// Whether <paramref name="exception"/> says that Redis did not answer in time, could not be reached, refused, or was
    /// disconnected since this node stops.
    /// </summary>
    public static bool Is(Exception exception) =>
        exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException;
}
