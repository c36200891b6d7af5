using System.Diagnostics;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.Tests.Support;
using Xunit.Sdk;

namespace DistributedSockets.Tests.LocalHosting;

/// <summary>The AppHost as a program of its own, killed with SIGKILL: nothing may be left of it after 10 seconds.</summary>
public sealed class OrphanTests : IAsyncDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("ds-runs-").FullName;

    [Fact]
    public Task Everything_ends_when_the_AppHost_is_killed() =>
        KillAndWatchAsync("exec", typeof(Projects.DistributedSockets_AppHost).Assembly.Location);

    [Fact]
    public Task Everything_ends_when_the_dotnet_run_around_it_is_killed() =>
        KillAndWatchAsync("run", "--no-build", "--project", Projects.DistributedSockets_AppHost.ProjectPath, "--configuration", Configuration, "--");

    public async ValueTask DisposeAsync() => await Eventually.IsAsync(
        () => IsDone(() => Directory.Delete(_runs, recursive: true)), "the folder of the runs is deleted");

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private async Task KillAndWatchAsync(params string[] command)
    {
        using var deadline = new Deadline(120);
        var start = new ProcessStartInfo(DotNetHost.Path, [.. command, "--nodes", "1", $"--LocalHosting:RunsFolder={_runs}", "--DcpPublisher:RandomizePorts=true"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["UseAspire"] = "false" },
        };
        using var program = Process.Start(start)!;
        program.BeginOutputReadLine();
        program.BeginErrorReadLine();

        // Redis, epmd and the broker at least; whoever else has started until then must go as well.
        await deadline.UntilAsync(() => Recorded().Count >= 3);

        program.Kill();

        using var limit = new Deadline(10);
        await limit.UntilAsync(() => IsDone(() => Assert.DoesNotContain(Recorded(), recorded => ProcessIdentity.Of(recorded.Id) == recorded)));
        Assert.True(program.HasExited);
    }

    /// <summary>False where the AppHost, which ends by itself, is just deleting what is looked at, or something still runs.</summary>
    private static bool IsDone(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (Exception exception) when (exception is IOException or XunitException)
        {
            return false;
        }
    }

    private List<ProcessIdentity> Recorded() =>
        [.. Directory.EnumerateFiles(_runs, "processes", SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(line => ProcessIdentity.Parse(line)!.Value)];
}
