// How fast messages are written where the node has told a limit.
namespace DistributedSockets.Client.Sending;

/// <summary>So many a second, and as many saved up: below what a node takes, so that it refuses none.</summary>
internal sealed class Pace(long perSecond, TimeProvider time)
{
    private double _tokens = perSecond;
    private long _last = time.GetTimestamp();

    public bool TryTake(out TimeSpan wait)
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(perSecond, _tokens + (time.GetElapsedTime(_last, now).TotalSeconds * perSecond));
        _last = now;
        wait = TimeSpan.Zero;
        if (_tokens >= 1)
        {
            _tokens--;
            return true;
        }

        wait = TimeSpan.FromSeconds((1 - _tokens) / perSecond);
        return false;
    }
}
