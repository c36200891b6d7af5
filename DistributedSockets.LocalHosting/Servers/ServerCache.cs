// The unpacked servers of this user: one folder per distribution, one per server in it, each either whole or absent.
namespace DistributedSockets.LocalHosting.Servers;

internal sealed class ServerCache(Machine machine, IProgress<string> progress)
{
    // Raised when what we do to the unpacked files changes: older folders are then no longer looked at.
    private const int Format = 1;
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(200);

    /// <summary>The folder that holds the package, fetched and unpacked first if need be; null where that can't be done.</summary>
    /// <param name="finish">What is done to the unpacked files before they count; gets their folder and the path that it will have.</param>
    public async Task<string?> GetAsync(
        ServerPackage package, Func<string, string, CancellationToken, Task> finish, CancellationToken cancellationToken)
    {
        var distribution = OsRelease.Read(machine);
        if (distribution is not { IsDebianLike: true } || machine.FindCommand("apt-get") is null || machine.FindCommand("dpkg-deb") is null)
        {
            return null;
        }

        var home = Path.Combine(machine.CacheFolder, $"{distribution.Key}-{Format}");
        var folder = Path.Combine(home, package.Name);
        if (Directory.Exists(folder))
        {
            return folder;
        }

        try
        {
            Directory.CreateDirectory(home);
            await using var turn = await LockAsync(Path.Combine(home, "lock"), package, cancellationToken);
            if (!Directory.Exists(folder))
            {
                await UnpackAsync(package, home, folder, finish, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ServerUnavailableException(
                $"{package.Title} could not be unpacked into {home}: {exception.Message}\nXDG_CACHE_HOME names another place for it.", exception);
        }

        return folder;
    }

    private async Task UnpackAsync(
        ServerPackage package, string home, string folder, Func<string, string, CancellationToken, Task> finish, CancellationToken cancellationToken)
    {
        var partial = folder + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        await new DebianPackages(machine, Path.Combine(home, "apt"), progress).UnpackAsync(package, partial, cancellationToken);
        await finish(partial, folder, cancellationToken);
        Directory.Move(partial, folder);
    }

    // The lock is the open file, not its existence: it ends with the process, however that ends.
    private async Task<FileStream> LockAsync(string file, ServerPackage package, CancellationToken cancellationToken)
    {
        for (var waited = false; ; waited = true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                if (!waited)
                {
                    progress.Report($"{package.Title}: waiting for another start that is fetching packages");
                }
            }

            await Task.Delay(LockRetry, cancellationToken);
        }
    }
}
