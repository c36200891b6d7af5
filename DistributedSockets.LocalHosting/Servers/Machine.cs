// Where programs, system files and our cache lie. A test hands in folders of its own.
namespace DistributedSockets.LocalHosting.Servers;

internal sealed record Machine(string Root, IReadOnlyList<string> SearchPath, string CacheFolder)
{
    // Homebrew's folders are missing from the PATH of programs that were not started by a login shell.
    private static readonly string[] HomebrewFolders = ["/opt/homebrew/bin", "/opt/homebrew/sbin", "/usr/local/bin", "/usr/local/sbin"];

    public static Machine Current()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return new Machine("/", [.. path.Concat(HomebrewFolders).Distinct()], Path.Combine(CacheHome(), "distributed-sockets", "servers"));
    }

    public string At(string relativePath) => Path.Combine(Root, relativePath);

    public string? FindCommand(string name) =>
        SearchPath.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    // The specification of XDG_CACHE_HOME says that a relative path is to be ignored.
    private static string CacheHome() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } folder && Path.IsPathRooted(folder)
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache");
}
