// RabbitMQ as two local processes, epmd and the broker: finds them, writes their configuration, says how to start them.
using DistributedSockets.LocalHosting.Processes;

namespace DistributedSockets.LocalHosting.Servers;

internal static class RabbitMqServer
{
    public static Task<IReadOnlyList<ServerCommand>> PrepareAsync(
        RabbitMqSettings settings, IProgress<string> progress, CancellationToken cancellationToken) =>
        PrepareAsync(Machine.Current(), settings, progress, cancellationToken);

    internal static async Task<IReadOnlyList<ServerCommand>> PrepareAsync(
        Machine machine, RabbitMqSettings settings, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var program = await RabbitMqProgram.FindAsync(machine, progress, cancellationToken);
        var configuration = new RabbitMqConfiguration(settings);
        configuration.Write();
        var environment = EnvironmentOf(program, configuration, settings, epmdPort: Ports.FindFree(), distributionPort: Ports.FindFree());
        return
        [
            // Left to itself the broker starts epmd as a daemon, which outlives it.
            new ServerCommand(Path.Combine(program.ErlangFolder, "epmd"), [], environment, settings.DataFolder),
            new ServerCommand(program.ServerScript, [], environment, settings.DataFolder),
        ];
    }

    private static Dictionary<string, string> EnvironmentOf(
        RabbitMqProgram program, RabbitMqConfiguration configuration, RabbitMqSettings settings, int epmdPort, int distributionPort)
    {
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = program.ErlangFolder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"),
            ["HOME"] = configuration.Home,
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_EPMD_PORT"] = $"{epmdPort}",
            // Every Erlang that the broker starts: no epmd of its own, and nothing that listens beyond this machine.
            ["ERL_AFLAGS"] = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
            ["RABBITMQ_DIST_PORT"] = $"{distributionPort}",
            // The name is known to our own epmd only, so it may be the same in every run; the data lies in a folder of that name.
            ["RABBITMQ_NODENAME"] = "ds@localhost",
            ["RABBITMQ_USE_LONGNAME"] = "false",
            ["RABBITMQ_MNESIA_BASE"] = configuration.Data,
            ["RABBITMQ_LOG_BASE"] = configuration.Logs,
            ["RABBITMQ_CONFIG_FILE"] = configuration.Main,
            ["RABBITMQ_CONFIG_FILES"] = configuration.Fragments,
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = configuration.Advanced,
            ["RABBITMQ_CONF_ENV_FILE"] = configuration.ScriptSettings,
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = configuration.Plugins,
            ["RABBITMQ_PID_FILE"] = Path.Combine(settings.DataFolder, "rabbitmq.pid"),
            // Makes the script become the broker (exec) instead of waiting beside it: one process, and SIGTERM stops it in order.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        };
        if (program.LibraryFolders is { } folders)
        {
            environment["LD_LIBRARY_PATH"] = folders;
        }

        return environment;
    }
}
