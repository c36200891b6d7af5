// A clock that is off, for tests: nodes must not depend on each other's clocks.
namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>A clock that is off by a constant. What it measures (timers, time-outs, elapsed time) is right.</summary>
internal sealed class ShiftedClock(TimeProvider clock, TimeSpan offset) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    /// <summary>The clock itself when nothing is off.</summary>
    public static TimeProvider Or(TimeProvider clock, TimeSpan offset) => offset == TimeSpan.Zero ? clock : new ShiftedClock(clock, offset);

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + offset;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);
}
