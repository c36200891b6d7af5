// Runs a plan: all stacks are up at once and take turns, so that what happens on the machine meanwhile happens to all. What fails is told in the report, and the rest goes on.
using System.Globalization;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Micro;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class Suite(Plan plan, Stacks stacks, GeneratorProcess generator)
{
    /// <summary>From so many connections on their end keeps a stack busy for a while.</summary>
    private const int Crowd = 1000;

    private readonly Results _results = new();
    private readonly WarmUp _warmUp = new(generator);

    public async Task<Results> RunAsync(CancellationToken cancellationToken)
    {
        if (plan.Allocation)
        {
            await TryAsync(Target.Fast, NodeAllocation.Name, () => NodeAllocation.MeasureAsync(cancellationToken), cancellationToken);
        }

        await RunSharedAsync(cancellationToken);
        foreach (var row in plan.Fresh)
        {
            foreach (var target in plan.Targets)
            {
                await using var stack = await TryStartAsync(target, [row], nodes: 2, cancellationToken);
                await RunAsync(row, target, stack, cancellationToken);
            }
        }

        foreach (var rows in plan.Own.Where(_ => plan.Targets.Contains(Target.Fast)))
        {
            await RunOwnAsync(rows.Key, [.. rows], cancellationToken);
        }

        return _results;
    }

    private async Task RunSharedAsync(CancellationToken cancellationToken)
    {
        var running = new Dictionary<string, Stack?>();
        try
        {
            foreach (var target in plan.Targets.Where(_ => plan.Shared.Any()).DistinctBy(target => target.Stack))
            {
                running[target.Stack] = await TryStartAsync(target, plan.Shared, nodes: 2, cancellationToken);
            }

            foreach (var target in plan.Targets.Where(target => running.GetValueOrDefault(target.Stack) is not null))
            {
                await _warmUp.RunAsync(target, running[target.Stack]!, cancellationToken);
            }

            for (var repeat = 0; repeat < plan.Repeats; repeat++)
            {
                foreach (var row in plan.Shared)
                {
                    foreach (var target in plan.Targets.Where(target => target.IsCluster || !row.NeedsCluster))
                    {
                        await RunAsync(row, target, running[target.Stack], cancellationToken);
                    }
                }
            }
        }
        finally
        {
            await Task.WhenAll(running.Values.OfType<Stack>().Select(stack => stack.DisposeAsync().AsTask()));
        }
    }

    // Row by row: users that one of them has registered stay.
    private async Task RunOwnAsync(int nodes, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        await using var stack = await TryStartAsync(Target.Fast, rows, nodes, cancellationToken);
        if (stack is null)
        {
            return;
        }

        await _warmUp.RunAsync(Target.Fast, stack, cancellationToken);
        foreach (var row in rows)
        {
            for (var repeat = 0; repeat < (row.IsOnce ? 1 : plan.Repeats); repeat++)
            {
                await RunAsync(row, Target.Fast, stack, cancellationToken);
            }
        }
    }

    private async Task<Stack?> TryStartAsync(Target target, IEnumerable<Row> rows, int nodes, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine($"Starting {target.Stack}");
        try
        {
            return await stacks.StartAsync(target.Stack, nodes, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            foreach (var row in rows)
            {
                Add(target, row.Name, Figures.Failed($"{target.Stack} did not start: {exception.Message}"));
            }

            return null;
        }
    }

    private async Task RunAsync(Row row, Target target, Stack? stack, CancellationToken cancellationToken)
    {
        if (stack is null)
        {
            return;
        }

        await TryAsync(target, row.Name, () => RunAsync(stack), cancellationToken);

        async Task<Figures> RunAsync(Stack stack)
        {
            await stack.RegisterAsync(row.Registered - (2 * row.Order.Size), cancellationToken);
            var timed = row.IsOnce ? row : row with { Order = row.Order with { WarmUp = plan.WarmUp, Seconds = plan.Seconds } };
            var figures = await generator.RunAsync(timed.For(target, stack), cancellationToken);
            if (row.Order.Size >= Crowd)
            {
                await stack.WhenCalmAsync(cancellationToken);
            }

            return figures;
        }
    }

    private async Task TryAsync(Target target, string row, Func<Task<Figures>> run, CancellationToken cancellationToken)
    {
        try
        {
            Add(target, row, await run());
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Add(target, row, Figures.Failed(exception.Message));
        }
    }

    private void Add(Target target, string row, Figures figures)
    {
        _results.Add(target.Name, row, figures);
        Console.Error.WriteLine(figures.Failure is { } failure
            ? $"{row,-12}{target.Name,-18} FAILED: {failure}"
            : string.Create(CultureInfo.InvariantCulture, $"{row,-12}{target.Name,-18}{figures.PerSecond,12:#,0}/s {figures.CpuPerMillion,8:0.0} s {figures.Latency?.P50,8:0} µs"));
    }
}
