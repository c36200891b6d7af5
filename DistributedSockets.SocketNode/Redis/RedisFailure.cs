// What counts as "the store did not answer or refused".
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

internal static class RedisFailure
{
    /// <summary>
    /// Whether <paramref name="exception"/> says that Redis did not answer in time, could not be reached, refused, or was
    /// disconnected since this node stops.
    /// </summary>
    /// <remarks>
    /// The client cancels the calls that were under way on a connection that it gives up: a cancellation that nobody has asked for is such a failure too.
    /// </remarks>
    public static bool Is(Exception exception, CancellationToken cancellationToken) =>
        exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
