// Whether the value of a setting lies between two others.
using System.Globalization;

namespace DistributedSockets.SocketNode;

/// <summary>Whether the value of a setting lies where it makes sense.</summary>
internal static class OptionRange
{
    public static void Check<T>(string setting, T value, T least, T most, List<string> problems)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{setting} is {value}; it must lie between {least} and {most}."));
        }
    }
}
