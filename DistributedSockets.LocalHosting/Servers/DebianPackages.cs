// Fetches a package with everything it needs and this machine lacks, and unpacks it all into one folder; no root, nothing installed.
namespace DistributedSockets.LocalHosting.Servers;

internal sealed class DebianPackages(Machine machine, string aptFolder, IProgress<string> progress)
{
    private static readonly TimeSpan ListsStayFresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan LookUpLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FetchLimit = TimeSpan.FromMinutes(15);

    // Messages of apt are parsed and shown: English, and nothing that waits for an answer.
    private static readonly Dictionary<string, string> Quiet = new() { ["LC_ALL"] = "C", ["DEBIAN_FRONTEND"] = "noninteractive" };

    public async Task UnpackAsync(ServerPackage package, string folder, CancellationToken cancellationToken)
    {
        var configuration = AptConfiguration.Write(aptFolder, machine);
        var update = await UpdateListsAsync(configuration, package, cancellationToken);
        var packages = await ResolveAsync(configuration, package, update, cancellationToken);

        var version = packages.FirstOrDefault(one => one.Name == package.Name)?.UpstreamVersion ?? "";
        package.RequireVersion(version, "this distribution's package");
        progress.Report($"Fetching {package.Title} {version} (first start only): {packages.Count} packages, {packages.Sum(one => one.Size) / 1e6:0.0} MB");
        var download = await AptGetAsync(configuration, ["install", "--yes", "--download-only", package.Name], FetchLimit, cancellationToken);
        ThrowIfFailed(download, package, $"apt-get install --download-only {package.Name}");

        progress.Report($"Unpacking {package.Title} {version} into {Path.GetDirectoryName(folder)}");
        var archives = Path.Combine(aptFolder, "archives");
        // Not simply all that lies there: an interrupted start may have left archives of other packages and versions.
        foreach (var one in packages)
        {
            var unpack = await CommandRunner.RunAsync(
                machine.FindCommand("dpkg-deb")!, ["-x", Path.Combine(archives, one.File), folder], Quiet, FetchLimit, cancellationToken);
            ThrowIfFailed(unpack, package, $"dpkg-deb -x {one.File}");
        }

        Directory.Delete(archives, recursive: true);
    }

    // A broken source that has nothing to do with our packages makes apt fail as a whole; what counts is the resolving after it.
    private async Task<CommandResult?> UpdateListsAsync(string configuration, ServerPackage package, CancellationToken cancellationToken)
    {
        var stamp = Path.Combine(aptFolder, "updated");
        if (File.Exists(stamp) && DateTime.UtcNow - File.GetLastWriteTimeUtc(stamp) < ListsStayFresh)
        {
            return null;
        }

        progress.Report($"{package.Title} is not on this machine: updating the package lists");
        var update = await AptGetAsync(configuration, ["update"], FetchLimit, cancellationToken);
        if (update.ExitCode == 0 && update.Error.Length == 0)
        {
            await File.WriteAllTextAsync(stamp, "", cancellationToken);
        }

        return update;
    }

    private async Task<IReadOnlyList<DebianPackage>> ResolveAsync(
        string configuration, ServerPackage package, CommandResult? update, CancellationToken cancellationToken)
    {
        var resolve = await AptGetAsync(configuration, ["install", "--yes", "--quiet=2", "--print-uris", package.Name], LookUpLimit, cancellationToken);
        if (resolve.ExitCode != 0 && update is { Error.Length: > 0 })
        {
            // apt-get update ends with 0 although it reached no mirror: its warnings are the reason why nothing is found now.
            throw Failure(update, package, "apt-get update");
        }

        ThrowIfFailed(resolve, package, $"apt-get install --print-uris {package.Name}");
        return DebianPackage.ParseUris(resolve.Output);
    }

    private Task<CommandResult> AptGetAsync(
        string configuration, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellationToken) =>
        CommandRunner.RunAsync(machine.FindCommand("apt-get")!, ["-c", configuration, .. arguments], Quiet, limit, cancellationToken);

    private static void ThrowIfFailed(CommandResult result, ServerPackage package, string step)
    {
        if (result.ExitCode != 0)
        {
            throw Failure(result, package, step);
        }
    }

    private static ServerUnavailableException Failure(CommandResult result, ServerPackage package, string step) =>
        new($"""
            {package.Title} could not be fetched: '{step}' failed (exit code {result.ExitCode}):
            {result.LastLines}
            Check the network and the package sources, and start again; what was fetched so far is not used half.
            {ServerUnavailableException.Choices}
            """);
}
