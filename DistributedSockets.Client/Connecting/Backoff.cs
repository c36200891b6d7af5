// When to try again.
namespace DistributedSockets.Client.Connecting;

/// <summary>How long to wait before the next attempt: by what the close code's band says, and longer the more attempts have failed in a row.</summary>
internal sealed class Backoff(ClientOptions options)
{
    /// <summary>A connection that has lived for so long was a good one.</summary>
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(5);

    private int _failures;

    /// <param name="end">How the connection ended.</param>
    /// <param name="lived">For how long it was open; null if it never was.</param>
    public TimeSpan Next(CloseInfo end, TimeSpan? lived)
    {
        if (end.IsAtOnce)
        {
            return TimeSpan.Zero;
        }

        if (lived > Good)
        {
            _failures = 0;
        }

        var isAtOnce = lived is not null && _failures == 0 && end.Code is >= 4200 and <= 4299;
        var bound = Math.Min(options.LongestPause.TotalMilliseconds, options.ShortestPause.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 30)));
        _failures++;
        var pause = TimeSpan.FromMilliseconds(isAtOnce ? 0 : Random.Shared.NextDouble() * bound);
        var least = end.Wait > TimeSpan.Zero ? end.Wait : end.Code is >= 4100 and <= 4199 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;
        return least + pause;
    }
}
