// What became of one broker message: finer than the outcome that callers act on.
namespace DistributedSockets.SocketNode.Bus;

internal enum SendResult
{
    /// <summary>Confirmed.</summary>
    Routed,

    /// <summary>The broker sent it back: no queue has this key.</summary>
    Returned,

    /// <summary>Not connected, or blocked, or it waited too long for its turn.</summary>
    NotSent,

    /// <summary>Nacked: the queue is full, or, seldom, the broker failed. Another queue with the same key may have taken it.</summary>
    Refused,

    /// <summary>No answer.</summary>
    TimedOut,

    /// <summary>The connection or channel went away before the answer.</summary>
    Lost,
}

internal static class SendResults
{
    public static PublishOutcome Outcome(this SendResult result) => result switch
    {
        SendResult.Routed => PublishOutcome.Routed,
        SendResult.Returned or SendResult.NotSent => PublishOutcome.Unroutable,
        _ => PublishOutcome.Unknown,
    };

    /// <summary>As metrics and spans show it.</summary>
    public static string Text(this SendResult result) => result switch
    {
        SendResult.Routed => "routed",
        SendResult.Returned => "returned",
        SendResult.NotSent => "not_sent",
        SendResult.Refused => "refused",
        SendResult.TimedOut => "timed_out",
        _ => "lost",
    };
}
