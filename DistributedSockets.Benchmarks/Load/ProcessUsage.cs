// Processor time and memory of processes and all their children, from /proc.
using System.Globalization;

namespace DistributedSockets.Benchmarks.Load;

internal sealed class ProcessUsage
{
    private const double TicksPerSecond = 100;
    private const long PageBytes = 4096;

    private readonly Dictionary<int, (int Parent, double Cpu, long Memory)> _processes = [];

    private ProcessUsage()
    {
    }

    /// <summary>Seconds that all of the machine's processors have been busy.</summary>
    public double Machine { get; private init; }

    public static ProcessUsage Read()
    {
        var usage = new ProcessUsage { Machine = ReadMachine() };
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && TryRead(folder) is { } one)
            {
                usage._processes[id] = one;
            }
        }

        return usage;
    }

    public double Cpu(int id) => Family(id).Sum(one => one.Cpu);

    public long Memory(int id) => Family(id).Sum(one => one.Memory);

    private IEnumerable<(int Parent, double Cpu, long Memory)> Family(int id) =>
        _processes.TryGetValue(id, out var own)
            ? _processes.Where(one => one.Value.Parent == id).SelectMany(child => Family(child.Key)).Prepend(own)
            : throw new LoadException($"The process {id} is gone.");

    // cpu  <user> <nice> <system> <idle> <waiting> <irq> <softirq> …
    private static double ReadMachine()
    {
        using var lines = File.ReadLines("/proc/stat").GetEnumerator();
        lines.MoveNext();
        var fields = lines.Current.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new[] { 1, 2, 3, 6, 7 }.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    // 8936 (some (odd) name) R 8931 8931 2328 0 -1 4194304 117 0 1 0 <utime> <stime> … <rss in pages>
    private static (int Parent, double Cpu, long Memory)? TryRead(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond,
                long.Parse(fields[21], CultureInfo.InvariantCulture) * PageBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Ended in the meantime, or not ours to see.
            return null;
        }
    }
}
