// Writes redis.conf: the password is in there and not on the command line, which every user of the machine can read.
namespace DistributedSockets.LocalHosting.Servers;

internal static class RedisConfiguration
{
    public static string Write(RedisSettings settings)
    {
        Directory.CreateDirectory(settings.DataFolder);
        var file = Path.Combine(settings.DataFolder, "redis.conf");
        PrivateFile.Write(file, Text(settings), writable: true);
        return file;
    }

    // No snapshots unless asked for: the default would write one at any moment, and at the end of a run that is thrown away.
    public static string Text(RedisSettings settings) =>
        $"""
        port {settings.Port}
        bind 127.0.0.1
        requirepass {Quote(settings.Password)}
        dir {Quote(settings.DataFolder)}
        save ""
        daemonize no

        """;

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
