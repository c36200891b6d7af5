// How often something may happen.
namespace DistributedSockets.SocketNode.Limits;

/// <summary>So many a second, and so many saved up.</summary>
internal sealed class Rate(string limit, int perSecond, int burst, TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>The setting, by its name.</summary>
    public string Limit => limit;

    public int PerSecond => perSecond;

    /// <summary>The time that one of them takes to come back.</summary>
    public long Cost { get; } = Math.Max(1, time.TimestampFrequency / perSecond);

    /// <summary>The time that all of them take.</summary>
    public long Capacity { get; } = burst * Math.Max(1, time.TimestampFrequency / perSecond);

    public long Now() => time.GetTimestamp();

    public long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>A wait that is over when it is: whole milliseconds, which is what timers and clients count in.</summary>
    public TimeSpan ToTime(long wait)
    {
        var milliseconds = Math.Ceiling(wait * 1000d / time.TimestampFrequency);
        return milliseconds < 1 ? Shortest : TimeSpan.FromMilliseconds(milliseconds);
    }

    public Task DelayAsync(long wait, CancellationToken cancellationToken) => Task.Delay(ToTime(wait), time, cancellationToken);
}

/// <summary>More than a rate allows.</summary>
/// <param name="Limit">The rate, by its setting.</param>
/// <param name="Wait">After that there is room again, unless others take it.</param>
internal readonly record struct Excess(string Limit, TimeSpan Wait);
