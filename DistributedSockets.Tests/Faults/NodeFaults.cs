// What befalls nodes: killed, killed at a chosen point, put to sleep, restarted one after the other, started twice.
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

internal sealed class NodeFaults(FaultCluster cluster)
{
    /// <summary>T1, T2: killed; back once the others have buried it.</summary>
    public Task KillAsync(int node) => cluster.KillAsync(node, () => Task.Delay(FaultCluster.Lease + TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));

    /// <summary>T13: killed and started again at once, while its lease still stands.</summary>
    public async Task KillAndStartAsync(int node)
    {
        await cluster.KillAsync(node, () => Task.CompletedTask);
        await cluster.WhenHealthyAsync(node);
    }

    /// <summary>T3: whichever node passes the point first kills itself there.</summary>
    public async Task FailAtAsync(string failpoint)
    {
        await cluster.ArmAsync(failpoint);
        await Task.Delay(FaultCluster.Lease, TestContext.Current.CancellationToken);
    }

    /// <summary>T4: asleep past its lease, then awake again.</summary>
    public async Task PauseAsync(int node, TimeSpan length)
    {
        var process = cluster.System.ProcessOf(FaultCluster.Name(node)) ?? throw new InvalidOperationException($"node-{node} does not run.");
        ProcessSignal.Pause(process);
        try
        {
            await Task.Delay(length, TestContext.Current.CancellationToken);
        }
        finally
        {
            ProcessSignal.Resume(process);
        }
    }

    /// <summary>T13: another process with the node's name; it has to give up.</summary>
    public async Task StartTwiceAsync(int node)
    {
        await using var second = await NodeProcess.StartAsync(cluster.System, $"server-{node}", ("Cluster__Lease", FaultCluster.Lease.ToString()));
        Assert.NotEqual(0, await second.WhenEndedAsync());
    }

    /// <summary>T15: SIGTERM to one after the other, as a deployment does it.</summary>
    public async Task RestartAllAsync()
    {
        for (var node = 1; node <= FaultCluster.Nodes; node++)
        {
            await cluster.System.CommandAsync(FaultCluster.Name(node), "restart");
            await cluster.WhenHealthyAsync(node);
        }
    }
}
