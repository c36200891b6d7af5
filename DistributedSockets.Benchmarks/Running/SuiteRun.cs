// ./bench and ./bench quick: starts, measures, prints, and writes the report.
using DistributedSockets.Benchmarks.Report;
using DistributedSockets.LocalHosting;
using DistributedSockets.LocalHosting.Processes;
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Benchmarks.Running;

internal static class SuiteRun
{
    public static async Task<int> RunAsync(IConfiguration options, Plan plan, string command, CancellationToken cancellationToken)
    {
        plan = plan.Take(options);
        var machine = await MachineDescription.ReadAsync(cancellationToken);
        using var folder = new RunFolder(new LocalHostingOptions(options), TimeProvider.System);
        using var generator = new GeneratorProcess();
        var results = await new Suite(plan, new Stacks(folder, options["node"] ?? Repository.NodeAssembly), generator).RunAsync(cancellationToken);
        var report = MarkdownReport.Write(plan, results, machine, command);
        Console.WriteLine(report);
        if (options["rows"] is null && options["targets"] is null && !options.GetValue("print-only", false))
        {
            await ReportFile.ReplaceAsync(report, cancellationToken);
        }

        return 0;
    }
}
