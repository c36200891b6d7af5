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
        return [new ServerCommand(program.FileName, [configuration, .. settings.ExtraArguments], program.Environment, settings.DataFolder)];
    }
}
