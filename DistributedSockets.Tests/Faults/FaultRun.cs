// The course of a fault case: traffic, the fault, all healed, settled, judged.
namespace DistributedSockets.Tests.Faults;

/// <summary>The course of a fault case: traffic, the fault, all healed, settled, judged.</summary>
internal sealed class FaultRun(FaultCluster cluster, ITestOutputHelper output)
{
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    /// <param name="fault">Injects and ends the fault while the traffic goes on.</param>
    /// <param name="load">The traffic; disposed in the end.</param>
    public async Task<Verdict> RunAsync(string name, Func<FaultLoad, Task> fault, FaultLoad load)
    {
        await using var _ = load;
        try
        {
            await load.StartAsync();
            await fault(load);
            await Task.Delay(Aftermath, TestContext.Current.CancellationToken);
        }
        finally
        {
            await cluster.HealAsync();
        }

        var verdict = await load.SettleAsync();
        FaultReport.Add(verdict.Row(name), output);
        if (verdict.NeededNewConnections)
        {
            output.WriteLine(FaultReport.Explain(name, verdict, load.Journal));
        }

        if (!verdict.IsClean)
        {
            Assert.Fail(FaultReport.Explain(name, verdict, load.Journal));
        }

        await cluster.WhenBalancedAsync();

        return verdict;
    }
}
