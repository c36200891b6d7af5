// Numbers as the pages show them: short, and the same everywhere.
using System.Globalization;

namespace DistributedSockets.Web.Cluster;

internal static class Numbers
{
    public const string None = "–";

    public static string Count(long? count) => count?.ToString("#,0", CultureInfo.InvariantCulture) ?? None;

    /// <summary>Per second.</summary>
    public static string Rate(double? rate) => rate is not { } value ? None
        : value.ToString(value is 0 or >= 10 ? "#,0" : "0.#", CultureInfo.InvariantCulture);

    public static string Milliseconds(double? ms) => ms is not { } value ? None
        : value.ToString(value >= 100 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + " ms";

    public static string Bytes(double? bytes) => bytes switch
    {
        null => None,
        >= 1L << 30 => (bytes.Value / (1L << 30)).ToString("0.00", CultureInfo.InvariantCulture) + " GiB",
        >= 1L << 20 => (bytes.Value / (1L << 20)).ToString("#,0", CultureInfo.InvariantCulture) + " MiB",
        >= 1L << 10 => (bytes.Value / (1L << 10)).ToString("0.#", CultureInfo.InvariantCulture) + " KiB",
        _ => bytes.Value.ToString("0", CultureInfo.InvariantCulture) + " B",
    };

    /// <summary>How long ago, in its largest unit.</summary>
    public static string Age(long since, DateTimeOffset now) => (now - DateTimeOffset.FromUnixTimeMilliseconds(since)) switch
    {
        { TotalSeconds: < 1 } => "just now",
        { TotalMinutes: < 1 } age => $"{(int)age.TotalSeconds} s",
        { TotalHours: < 1 } age => $"{(int)age.TotalMinutes} min",
        { TotalDays: < 1 } age => $"{(int)age.TotalHours} h {age.Minutes} min",
        var age => $"{(int)age.TotalDays} d {age.Hours} h",
    };
}
