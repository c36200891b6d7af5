// Redis as a local process: finds it, writes its configuration, says how to start it.
namespace DistributedSockets.LocalHosting.Servers;

internal static class RedisServer
{
    public static Task<IReadOnlyList<ServerCommand>> PrepareAsync(
        RedisSettings settings, IProgress<string> progress, CancellationToken cancellationToken) =>
        PrepareAsync(Machine.Current(), settings, progress, cancellationToken);

    internal static async Task<IReadOnlyList<ServerCommand>> PrepareAsync(
        Machine machine, RedisSettings settings, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var program = await RedisProgram.FindAsync(machine, progress, cancellationToken);
        var configuration = RedisConfiguration.Write(settings);
        // Redis ends at its start where the user's locale is not installed, which is common in containers and over SSH.
        var environment = new Dictionary<string, string>(program.Environment) { ["LC_ALL"] = "C" };
        return [new ServerCommand(program.FileName, [configuration, .. settings.ExtraArguments], environment, settings.DataFolder)];
    }
}
