// When a crashed process starts again. Aspire leaves it down; here a node that was killed is back by itself, and every restart is shown.
namespace DistributedSockets.LocalHosting.Running;

internal sealed class RestartPolicy
{
    public const int FastFailureLimit = 5;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Healthy for this long means that the crash is no consequence of the last one.</summary>
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(30);

    private TimeSpan _delay = FirstDelay;
    private int _fastFailures;

    /// <summary>How long to wait before the next start; null when it ended too often without ever becoming healthy.</summary>
    /// <param name="healthyFor">Null when it never was.</param>
    public TimeSpan? Next(TimeSpan? healthyFor)
    {
        _fastFailures = healthyFor is null ? _fastFailures + 1 : 0;
        if (_fastFailures >= FastFailureLimit)
        {
            return null;
        }

        if (healthyFor >= Recovered)
        {
            _delay = FirstDelay;
        }

        var delay = _delay;
        _delay = _delay * 2 < LongestDelay ? _delay * 2 : LongestDelay;
        return delay;
    }
}
