// The RabbitMQ and the Erlang to start it with: the machine's, else the distribution's packages from the cache.
namespace DistributedSockets.LocalHosting.Servers;

/// <param name="ErlangFolder">holds erl and epmd; goes first on the PATH</param>
internal sealed record RabbitMqProgram(string ServerScript, string ErlangFolder, string? LibraryFolders)
{
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(30);

    public static async Task<RabbitMqProgram> FindAsync(Machine machine, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (FindInstalled(machine) is { } installed)
        {
            return installed;
        }

        if (machine.CacheFolder.Contains(' ', StringComparison.Ordinal))
        {
            throw new ServerUnavailableException(
                $"RabbitMQ's scripts do not run from a folder with a space in its name ({machine.CacheFolder}); XDG_CACHE_HOME names another place for it.");
        }

        var unpacked = await new ServerCache(machine, progress).GetAsync(ServerPackage.RabbitMq, FinishAsync, cancellationToken);
        return unpacked is null
            ? throw new ServerUnavailableException($"There is no RabbitMQ with its Erlang on this machine.\n{ServerUnavailableException.Choices}")
            : Unpacked(unpacked);
    }

    // Never /usr/sbin/rabbitmq-server of a Linux package: that wrapper refuses ordinary users and, as root, changes to the user rabbitmq.
    internal static RabbitMqProgram? FindInstalled(Machine machine)
    {
        var script = ScriptBelow(machine.At("usr/lib/rabbitmq/lib"))
            ?? new[] { "opt/homebrew/sbin/rabbitmq-server", "opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server", "usr/local/opt/rabbitmq/sbin/rabbitmq-server" }
                .Select(machine.At)
                .FirstOrDefault(File.Exists);
        var erlang = machine.SearchPath.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "erl")) && File.Exists(Path.Combine(folder, "epmd")));
        return script is null || erlang is null ? null : new RabbitMqProgram(script, erlang, null);
    }

    private static RabbitMqProgram Unpacked(string folder) => new(
        ScriptBelow(Path.Combine(folder, "usr/lib/rabbitmq/lib")) ?? throw new IOException($"{folder} holds no RabbitMQ"),
        Path.Combine(folder, "usr/lib/erlang/bin"),
        LibraryPath.For(folder));

    // usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server
    private static string? ScriptBelow(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, "rabbitmq_server-*")
                .OrderDescending(StringComparer.Ordinal)
                .Select(version => Path.Combine(version, "sbin", "rabbitmq-server"))
                .FirstOrDefault(File.Exists)
            : null;

    // Erlang is tried where it was unpacked, then pointed to where it will be: a library that is missing shows now and not in a log.
    private static async Task FinishAsync(string folder, string finalFolder, CancellationToken cancellationToken)
    {
        ErlangRoot.MoveTo(folder, folder);
        var program = Unpacked(folder);
        var check = await CommandRunner.RunAsync(
            Path.Combine(program.ErlangFolder, "erl"),
            ["-noshell", "-boot", "no_dot_erlang", "-eval", "{ok, _} = application:ensure_all_started(ssl), halt()."],
            new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = program.LibraryFolders! },
            CheckLimit,
            cancellationToken);
        if (check.ExitCode != 0)
        {
            throw new ServerUnavailableException(
                $"RabbitMQ was unpacked but its Erlang does not run here (exit code {check.ExitCode}):\n{check.LastLines}\n{ServerUnavailableException.Choices}");
        }

        RabbitMqPlugins.Trim(Path.GetFullPath(Path.Combine(program.ServerScript, "../../plugins")));
        ErlangRoot.MoveTo(folder, finalFolder);
    }
}
