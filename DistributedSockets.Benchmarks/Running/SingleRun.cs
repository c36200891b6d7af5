// One row of one target, for who looks into it: ./bench one <row> <target>.
using System.Globalization;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.LocalHosting;
using DistributedSockets.LocalHosting.Processes;
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Benchmarks.Running;

internal static class SingleRun
{
    public static async Task<int> RunAsync(IConfiguration options, string rowName, string targetName, CancellationToken cancellationToken)
    {
        var row = Row.All.Single(one => one.Name == rowName);
        var target = Target.All.Single(one => one.Name == targetName);
        var order = row.Order with
        {
            Size = options.GetValue("pairs", row.Order.Size),
            InFlight = options.GetValue("in-flight", row.Order.InFlight),
            Rate = options.GetValue("rate", row.Order.Rate),
            Seconds = options.GetValue("seconds", row.Order.Seconds),
            WarmUp = options.GetValue("warm-up", row.Order.WarmUp),
        };
        using var folder = new RunFolder(new LocalHostingOptions(options), TimeProvider.System);
        using var generator = new GeneratorProcess();
        var stacks = new List<Stack>();
        try
        {
            foreach (var node in (options["node"] ?? Repository.NodeAssembly).Split(','))
            {
                var stack = await new Stacks(folder, node).StartAsync(target.Stack, options.GetValue("nodes", row.Nodes ?? (target.IsCluster ? 2 : 1)), cancellationToken);
                stacks.Add(stack);
                Console.WriteLine(string.Join(", ", stack.Processes.Select(one => $"{one.Name} {one.Id}")) + "   logs: " + folder.Logs);
                if (!row.NeedsFreshStack)
                {
                    await new WarmUp(generator).RunAsync(target, stack, cancellationToken);
                }

                await stack.RegisterAsync(row.Registered - (2 * order.Size), cancellationToken);
            }

            for (var i = 0; i < options.GetValue("runs", row.IsOnce ? 1 : 3); i++)
            {
                foreach (var stack in stacks)
                {
                    Console.WriteLine(Describe(await generator.RunAsync((row with { Order = order }).For(target, stack), cancellationToken)));
                }
            }
        }
        finally
        {
            await Task.WhenAll(stacks.Select(stack => stack.DisposeAsync().AsTask()));
        }

        return 0;
    }

    private static string Describe(Figures figures)
    {
        if (figures.Failure is { } failure)
        {
            return "FAILED: " + failure;
        }

        var culture = CultureInfo.InvariantCulture;
        var cpu = string.Join(", ", figures.Processes.Select(one => string.Create(culture, $"{one.Name} {one.Cpu * 1e6 / figures.Count:0.00}")));
        var memory = string.Join(", ", figures.Processes.Select(one => string.Create(culture, $"{one.Name} {one.Memory / 1048576.0:0}")));
        var latency = figures.Latency is { } l ? string.Create(culture, $"   p50 {l.P50:0} p99 {l.P99:0} p99.9 {l.P999:0} max {l.Max:0} µs") : "";
        var receipts = figures.Receipts > 0 ? string.Create(culture, $"   receipts {figures.Receipts / figures.Seconds:#,0}/s") : "";
        return string.Create(culture, $"{figures.PerSecond,9:#,0}/s{latency}{receipts}\n") +
            string.Create(culture, $"            CPU s per million: {figures.CpuPerMillion:0.00} ({cpu}), generator {figures.GeneratorCpu * 1e6 / figures.Count:0.00} = {figures.GeneratorCpu / figures.Seconds:0 %} of a core, other programs {figures.OthersCpu / figures.Seconds:0 %}\n") +
            $"            memory MB: {memory}";
    }
}
