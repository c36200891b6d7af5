// The packages of the Socket.IO peer: fetched once, when it is first started, and never by a build.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Benchmarks.Running;

internal static class SocketIoPackages
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The folder with the program and its packages.</summary>
    public static async Task<string> InstallAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Repository.Root, "DistributedSockets.Benchmarks", "Peers", "socket.io");
        var wanted = Path.Combine(folder, "package-lock.json");
        var stamp = Path.Combine(folder, "node_modules", "installed");
        if (File.Exists(stamp) && File.GetLastWriteTimeUtc(stamp) >= File.GetLastWriteTimeUtc(wanted))
        {
            return folder;
        }

        Console.Error.WriteLine("Fetching Socket.IO (first start only)");
        var result = await CommandRunner.RunAsync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], new Dictionary<string, string>(), Limit, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"Socket.IO could not be fetched: {result.LastLines}");
        }

        await File.WriteAllTextAsync(stamp, "", cancellationToken);
        return folder;
    }
}
