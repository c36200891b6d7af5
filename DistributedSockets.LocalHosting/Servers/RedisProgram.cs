// The redis-server to start: the machine's, else the distribution's package from the cache.
using System.Text.RegularExpressions;

namespace DistributedSockets.LocalHosting.Servers;

internal sealed partial record RedisProgram(string FileName, IReadOnlyDictionary<string, string> Environment)
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<string, string> Nothing = [];

    public static async Task<RedisProgram> FindAsync(Machine machine, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var installed = machine.FindCommand("redis-server");
        if (installed is not null)
        {
            var version = await VersionAsync(installed, Nothing, cancellationToken);
            if (ServerPackage.Redis.IsRecent(version))
            {
                return new RedisProgram(installed, Nothing);
            }

            progress.Report($"{installed} is passed over: it is Redis {version}, {ServerPackage.Redis.Oldest} or newer is needed");
        }

        var unpacked = await new ServerCache(machine, progress).GetAsync(ServerPackage.Redis, CheckAsync, cancellationToken);
        return unpacked is null
            ? throw new ServerUnavailableException($"There is no Redis {ServerPackage.Redis.Oldest} or newer on this machine.\n{ServerUnavailableException.Choices}")
            : Unpacked(unpacked);
    }

    // Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=...
    // Valkey server v=8.0.1 sha=...
    public static string ParseVersion(string output) => VersionField().Match(output).Groups["version"].Value;

    private static async Task CheckAsync(string folder, string finalFolder, CancellationToken cancellationToken)
    {
        var program = Unpacked(folder);
        ServerPackage.Redis.RequireVersion(await VersionAsync(program.FileName, program.Environment, cancellationToken), "the unpacked redis-server");
    }

    private static RedisProgram Unpacked(string folder) => new(
        Path.Combine(folder, "usr/bin/redis-server"),
        new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = LibraryPath.For(folder) });

    private static async Task<string> VersionAsync(string fileName, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        ParseVersion((await CommandRunner.RunAsync(fileName, ["--version"], environment, VersionLimit, cancellationToken)).Output);

    [GeneratedRegex(@"\bv=(?<version>\d+\.\d+(\.\d+)?)")]
    private static partial Regex VersionField();
}
