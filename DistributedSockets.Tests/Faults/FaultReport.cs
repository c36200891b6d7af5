// Where verdicts go: a table for whoever has started the run, and for a run that failed a folder with everything that helps to find out why.
#if !USE_ASPIRE
using DistributedSockets.LocalHosting;
using Microsoft.Extensions.Configuration;
#endif

namespace DistributedSockets.Tests.Faults;

/// <summary>Where verdicts go. <c>FAULTS_REPORT</c> names a file for the table, which <c>./test</c> prints in the end.</summary>
internal static class FaultReport
{
    private const int Shown = 10;

    private static readonly Lock Gate = new();
    private static bool _hasHeader;

    public static void Add(string line, ITestOutputHelper? output)
    {
        output?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("FAULTS_REPORT") is { Length: > 0 } file)
        {
            lock (Gate)
            {
                File.AppendAllLines(file, _hasHeader ? [line] : [Verdict.Header, line]);
                _hasHeader = true;
            }
        }
    }

    /// <summary>The message of a run that failed: what is wrong, and where the rest is.</summary>
    public static string Explain(string name, Verdict verdict, Journal journal)
    {
        var folder = Directory.CreateTempSubdirectory("faults-").FullName;
        File.WriteAllLines(Path.Combine(folder, "failures.txt"), verdict.Failures);
        File.WriteAllLines(Path.Combine(folder, "notes.txt"), journal.Notes);
#if !USE_ASPIRE
        CopyLogs(folder);
#endif
        var shown = verdict.Failures.GroupBy(failure => failure.Split(':')[0]).SelectMany(group => group.Take(Shown).Append($"({group.Count()} of these)"));
        return $"{name}:\n{Verdict.Header}\n{verdict.Row(name)}\n{string.Join('\n', shown)}\nAll of it, the clients' notes and the nodes' logs: {folder}";
    }

#if !USE_ASPIRE
    private static void CopyLogs(string folder)
    {
        var runs = new LocalHostingOptions(new ConfigurationBuilder().AddEnvironmentVariables().Build()).RunsFolder;
        foreach (var log in Directory.EnumerateFiles(runs, "*.log", SearchOption.AllDirectories)
            .Where(log => log.Contains($"-{Environment.ProcessId}-", StringComparison.Ordinal) && log.Contains($"{Path.DirectorySeparatorChar}logs{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
        {
            var run = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(log)))!;
            Directory.CreateDirectory(Path.Combine(folder, run));
            File.Copy(log, Path.Combine(folder, run, Path.GetFileName(log)));
        }
    }
#endif
}
