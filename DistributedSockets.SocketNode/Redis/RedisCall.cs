// One call to Redis: traced, and with one kind of failure.
using System.Diagnostics;
using DistributedSockets.SocketNode.Diagnostics;

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
    /// Whether <paramref name="exception"/> is a failure of the call: anything but a cancellation that was asked for. The client fails the calls that were under way on a
    /// connection that it gives up with whatever its reader has met: seen were its own exceptions, cancellations that nobody has asked for, and
    /// "Reading is not allowed after reader was completed". No list of types is complete, and one that is missed ends the lease's loop.
    /// </summary>
    public static bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested;
}
