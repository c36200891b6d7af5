// docs/benchmarks.md: what people have written there stays, the figures between the two marks are replaced.
using DistributedSockets.Benchmarks.Running;

namespace DistributedSockets.Benchmarks.Report;

internal static class ReportFile
{
    private const string Begin = "<!-- written by ./bench: begin -->";
    private const string End = "<!-- written by ./bench: end -->";

    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "docs", "benchmarks.md");

    public static async Task ReplaceAsync(string report, CancellationToken cancellationToken)
    {
        var text = File.Exists(Path) ? await File.ReadAllTextAsync(Path, cancellationToken) : $"# Benchmarks\n\n{Begin}\n{End}\n";
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidOperationException($"{Path} has lost the marks between which the figures stand: {Begin} and {End}");
        }

        await File.WriteAllTextAsync(Path, $"{text[..begin]}{Begin}\n\n{report}\n{text[end..]}", cancellationToken);
    }
}
