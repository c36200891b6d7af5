// One call to Redis: traced, and with one kind of failure.
using System.Diagnostics;
using DistributedSockets.SocketNode.Diagnostics;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

internal static class RedisCall
{
    /// <summary>Asks, and turns "did not answer or refused" into the exception that the caller's contract names.</summary>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, Func<string, Exception, Exception> unavailable, string verb, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var activity = NodeTracing.StartRedis(verb);
        try
        {
            return await ask();
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            throw unavailable("Redis did not answer in time or refused.", exception);
        }
    }

    /// <summary>
    /// Whether <paramref name="exception"/> says that Redis did not answer in time, could not be reached, refused, or was disconnected since this node stops.
    /// The client cancels the calls that were under way on a connection that it gives up: a cancellation that nobody has asked for is such a failure too.
    /// </summary>
    public static bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
