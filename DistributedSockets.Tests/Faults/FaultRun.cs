// The course of a fault case: traffic, the fault, all healed, settled, judged.
namespace DistributedSockets.Tests.Faults;

/// <summary>The course of a fault case: traffic, the fault, all healed, settled, judged.</summary>
internal sealed class FaultRun(FaultCluster cluster, ITestOutputHelper output)
{
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    /// <param name="fault">Injects and ends the fault while the traffic goes on.</param>
    /// <param name="prepare">Makes the traffic; 60 users without a preference when null.</param>
    public async Task<Verdict> RunAsync(string name, int seed, Func<FaultLoad, Task> fault, Func<FaultLoad>? prepare = null)
    {
        await using var load = prepare?.Invoke() ?? new FaultLoad(cluster, seed);
        Verdict verdict;
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

        verdict = await load.SettleAsync();
        FaultReport.Add(verdict.Row(name), output);
        Assert.True(verdict.IsClean, FaultReport.Explain(name, verdict, load.Journal));
        return verdict;
    }
}
