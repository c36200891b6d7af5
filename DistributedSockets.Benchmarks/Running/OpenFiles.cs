// How many connections a process can have here: a system that lets nobody open more files has its own say.
using System.Globalization;

namespace DistributedSockets.Benchmarks.Running;

internal static class OpenFiles
{
    // A node takes no more connections than that; those of the warm-up are the rest.
    private const int Others = 900;

    /// <summary>Those wanted, or as many as there can be.</summary>
    public static int Connections(int wanted) => Math.Min(wanted, (Limit - Others) / 2 * 2);

    // Max open files            20000                20000                files
    private static int Limit { get; } = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4] is var hard && int.TryParse(hard, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
}
