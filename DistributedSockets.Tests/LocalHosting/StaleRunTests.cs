using System.Diagnostics;
using DistributedSockets.LocalHosting.Processes;

namespace DistributedSockets.Tests.LocalHosting;

public sealed class StaleRunTests : IDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("ds-runs-").FullName;

    [Fact]
    public async Task The_processes_and_the_folder_of_a_crashed_run_go()
    {
        using var deadline = new Deadline();
        using var left = Process.Start("sleep", "600");
        using var stranger = Process.Start("sleep", "600");
        var run = Path.Combine(_runs, "crashed");
        Directory.CreateDirectory(Path.Combine(run, "data"));
        await File.WriteAllTextAsync(RunFolder.LockPath(run), "", deadline.Token);

        // The second line has the id of a process that began at another time: somebody else's.
        var identity = ProcessIdentity.Of(left.Id)!.Value;
        await File.WriteAllTextAsync(
            RunFolder.ProcessesPath(run), $"{left.Id} {identity.Start} node-1\n{stranger.Id} {identity.Start - 1000} node-2\n", deadline.Token);

        StaleRuns.Clean(_runs);

        await left.WaitForExitAsync(deadline.Token);
        Assert.False(stranger.HasExited);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runs));
        stranger.Kill();
        await stranger.WaitForExitAsync(deadline.Token);
    }

    [Fact]
    public void A_run_that_goes_on_is_left_alone()
    {
        var run = Path.Combine(_runs, "running");
        Directory.CreateDirectory(run);
        using var held = new FileStream(RunFolder.LockPath(run), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

        StaleRuns.Clean(_runs);

        Assert.True(Directory.Exists(run));
    }

    public void Dispose() => Directory.Delete(_runs, recursive: true);
}
