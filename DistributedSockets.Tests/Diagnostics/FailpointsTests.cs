// Faults on demand happen once, to one, and only where somebody has armed them.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Diagnostics;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Diagnostics;

public sealed class FailpointsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("failpoints-").FullName;
    private int _kills;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Armed_point_fails_once_and_only_that_point()
    {
        var failpoints = NewNode();
        Arm(Failpoint.DropPush);

        Assert.False(failpoints.Drops(Failpoint.DropHint));
        Assert.True(failpoints.Drops(Failpoint.DropPush));
        Assert.False(failpoints.Drops(Failpoint.DropPush));
        Arm(Failpoint.DropPush);
        Assert.True(failpoints.Drops(Failpoint.DropPush));
    }

    [Fact]
    public void Point_that_kills_does_so_only_where_it_is_armed()
    {
        var failpoints = NewNode();
        Arm(Failpoint.KillAfterStore);

        failpoints.Pass(Failpoint.KillBeforeAck);
        Assert.Equal(0, _kills);
        failpoints.Pass(Failpoint.KillAfterStore);
        Assert.Equal(1, _kills);
        failpoints.Pass(Failpoint.KillAfterStore);
        Assert.Equal(1, _kills);
    }

    [Fact]
    public async Task Of_many_nodes_that_pass_at_once_one_fails()
    {
        const int Nodes = 8;
        const int Rounds = 200;
        var claimed = new int[Rounds];
        using var barrier = new Barrier(Nodes, _ => Arm(Failpoint.DropHint));

        await Task.WhenAll(Enumerable.Range(0, Nodes).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var failpoints = NewNode();
                for (var round = 0; round < Rounds; round++)
                {
                    barrier.SignalAndWait(TestContext.Current.CancellationToken);
                    if (failpoints.Drops(Failpoint.DropHint))
                    {
                        Interlocked.Increment(ref claimed[round]);
                    }
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.All(claimed, winners => Assert.Equal(1, winners));
        Assert.Equal(Rounds, Directory.GetFiles(_folder, $"{Failpoint.DropHint}.claimed-by-{Environment.ProcessId}-*").Length);
    }

    [Fact]
    public void Without_a_folder_nothing_is_looked_up()
    {
        var failpoints = new Failpoints(Options.Create(new SocketNodeOptions()));
        failpoints.Pass(Failpoint.KillAfterStore);
        Failpoints.None.Drops(Failpoint.DropPush);
        var before = GC.GetAllocatedBytesForCurrentThread();

        failpoints.Pass(Failpoint.KillAfterStore);
        var drops = failpoints.Drops(Failpoint.DropPush) || Failpoints.None.Drops(Failpoint.DropPush);

        // A look at the file system would make at least the path.
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(drops);
    }

    private Failpoints NewNode() => new(_folder, () => Interlocked.Increment(ref _kills));

    private void Arm(string failpoint) => File.WriteAllText(Path.Combine(_folder, failpoint), "");
}
