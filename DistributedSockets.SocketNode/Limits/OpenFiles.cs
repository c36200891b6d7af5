// How many connections the system lets this process have.
using System.Globalization;

namespace DistributedSockets.SocketNode.Limits;

/// <summary>
/// How many connections the system lets this process have: each is an open file, and a runtime that can open no more ends the process ("Out of memory"). What a node has open besides, and
/// those that are told why they are sent away, need some as well.
/// </summary>
internal static class OpenFiles
{
    private const int SentAway = 300;
    private const int Others = 400;
    private const string Line = "Max open files";

    /// <summary>From here on a connection is told to come again.</summary>
    public static int MostConnections { get; } = MostOf(Limit, SentAway + Others);

    /// <summary>From here on it is cut off, whatever it is.</summary>
    public static int MostSockets { get; } = MostOf(Limit, Others);

    // Max open files            1048576              1048576              files
    private static int Limit => File.Exists("/proc/self/limits") ? Read(File.ReadLines("/proc/self/limits")) : int.MaxValue;

    /// <summary>What is left when some are taken, and half of a small limit at least.</summary>
    public static int MostOf(int limit, int taken) => Math.Max(limit - taken, limit / 2);

    /// <summary>Reads the limit in force from what Linux tells of a process; the largest number for none.</summary>
    public static int Read(IEnumerable<string> limits)
    {
        var line = limits.FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal)) ?? "";
        var inForce = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return int.TryParse(inForce, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
    }
}
