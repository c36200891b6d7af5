// Runs a plan: all stacks are up at once and take turns, so that what happens on the machine meanwhile happens to all.
using System.Globalization;
using DistributedSockets.Benchmarks.Load;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class Suite(Plan plan, Stacks stacks, GeneratorProcess generator)
{
    private readonly Results _results = new();

    public async Task<Results> RunAsync(CancellationToken cancellationToken)
    {
        await RunSharedAsync(cancellationToken);
        foreach (var row in plan.Rows.Where(row => row.NeedsFreshStack))
        {
            foreach (var target in plan.Targets)
            {
                await using var stack = await StartAsync(target.Stack, cancellationToken);
                await RunAsync(row, row.Order, target, stack, cancellationToken);
            }
        }

        foreach (var nodes in plan.Nodes)
        {
            await RunScaleAsync(nodes, cancellationToken);
        }

        return _results;
    }

    /// <summary>The row name for our own cluster of so many nodes.</summary>
    public static string RowOf(int nodes) => $"nodes-{nodes}";

    private async Task RunScaleAsync(int nodes, CancellationToken cancellationToken)
    {
        await using var stack = await stacks.StartAsync(Stacks.Ours, nodes, cancellationToken);
        await SettleAsync(Target.Fast, stack, cancellationToken);
        Row[] rows = nodes == plan.Nodes[0] ? [Row.Between with { Name = RowOf(nodes) }, Row.FewUsers, Row.ManyUsers] : [Row.Between with { Name = RowOf(nodes) }];
        for (var repeat = 0; repeat < plan.Repeats; repeat++)
        {
            foreach (var row in rows)
            {
                await RunAsync(row, row.Order with { WarmUp = plan.WarmUp, Seconds = plan.Seconds }, Target.Fast, stack, cancellationToken);
            }
        }
    }

    private async Task RunSharedAsync(CancellationToken cancellationToken)
    {
        var running = new Dictionary<string, Stack>();
        try
        {
            foreach (var name in plan.Targets.Select(target => target.Stack).Distinct())
            {
                Console.Error.WriteLine($"Starting {name}");
                running[name] = await StartAsync(name, cancellationToken);
            }

            foreach (var target in plan.Targets)
            {
                await SettleAsync(target, running[target.Stack], cancellationToken);
            }

            for (var repeat = 0; repeat < plan.Repeats; repeat++)
            {
                foreach (var row in plan.Rows.Where(row => !row.NeedsFreshStack))
                {
                    foreach (var target in plan.Targets.Where(target => target.IsCluster || !row.NeedsCluster))
                    {
                        await RunAsync(row, row.Order with { WarmUp = plan.WarmUp, Seconds = plan.Seconds }, target, running[target.Stack], cancellationToken);
                    }
                }
            }
        }
        finally
        {
            await Task.WhenAll(running.Values.Select(stack => stack.DisposeAsync().AsTask()));
        }
    }

    /// <summary>The first seconds of a process are its compiler's.</summary>
    private async Task SettleAsync(Target target, Stack stack, CancellationToken cancellationToken) => await generator.RunAsync(
        (Row.Between with { Order = Row.Between.Order with { WarmUp = 0, Seconds = plan.Settle } }).For(target, stack), cancellationToken);

    private Task<Stack> StartAsync(string name, CancellationToken cancellationToken) => stacks.StartAsync(name, nodes: 2, cancellationToken);

    private async Task RunAsync(Row row, Order order, Target target, Stack stack, CancellationToken cancellationToken)
    {
        var figures = await generator.RunAsync((row with { Order = order }).For(target, stack), cancellationToken);
        _results.Add(target.Name, row.Name, figures);
        Console.Error.WriteLine(figures.Failure is { } failure
            ? $"{row.Name,-12}{target.Name,-18} FAILED: {failure}"
            : string.Create(CultureInfo.InvariantCulture, $"{row.Name,-12}{target.Name,-18}{figures.PerSecond,12:#,0}/s {figures.CpuPerMillion,8:0.0} s {figures.Latency?.P50,8:0} µs"));
    }
}
