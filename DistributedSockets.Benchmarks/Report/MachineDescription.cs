// What it was measured on, without naming whose it is.
using System.Globalization;
using System.Runtime.InteropServices;
using DistributedSockets.Benchmarks.Running;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Benchmarks.Report;

internal static class MachineDescription
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        var node = await AskAsync("node", ["--version"], cancellationToken);
        var commit = await AskAsync("git", ["-C", Repository.Root, "describe", "--always", "--dirty"], cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores ({Processor()}), {memory:0} GB, {RuntimeInformation.OSDescription}, ") +
            $"{RuntimeInformation.FrameworkDescription}, Node {node}; commit {commit}";
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static async Task<string> AskAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        (await CommandRunner.RunAsync(program, arguments, new Dictionary<string, string>(), Limit, cancellationToken)).Output.Trim();
}
