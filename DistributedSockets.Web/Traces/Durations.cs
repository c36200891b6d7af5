// Durations as people read them.
using System.Globalization;

namespace DistributedSockets.Web.Traces;

internal static class Durations
{
    /// <summary>Three digits, and the unit that fits: <c>84 µs</c>, <c>1.32 ms</c>, <c>20.4 s</c>, <c>3 min 5 s</c>.</summary>
    public static string Text(TimeSpan duration) => duration.TotalMilliseconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMicroseconds:0} µs"),
        < 1000 => $"{Digits(duration.TotalMilliseconds)} ms",
        < 60_000 => $"{Digits(duration.TotalSeconds)} s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes} min {duration.Seconds} s"),
    };

    private static string Digits(double value) => value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
