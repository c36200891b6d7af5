// Writes the files that a RabbitMQ of ours reads; keys and terms that 3.10 and 4.x both know.
using System.Security.Cryptography;
using System.Text;

namespace DistributedSockets.LocalHosting.Servers;

internal sealed class RabbitMqConfiguration(RabbitMqSettings settings)
{
    public string Main => In("rabbitmq.conf");

    public string Advanced => In("advanced.config");

    public string Plugins => In("enabled_plugins");

    // Empty: they stand where the machine's own RabbitMQ has its settings, so that ours takes none of them.
    public string Fragments => In("conf.d");

    public string ScriptSettings => In("rabbitmq-env.conf");

    public string Home => In("home");

    public string Logs => In("log");

    public string Data => In("mnesia");

    private string Cookie => Path.Combine(Home, ".erlang.cookie");

    public void Write()
    {
        foreach (var folder in new[] { settings.DataFolder, Fragments, Home, Logs, Data })
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllText(Main, MainText());
        File.WriteAllText(ScriptSettings, "");
        File.WriteAllText(Plugins, settings.ManagementPort is null ? "[].\n" : "[rabbitmq_management].\n");
        PrivateFile.Write(Advanced, AdvancedText(), writable: true);
        if (!File.Exists(Cookie))
        {
            // Erlang refuses a cookie that others can read.
            PrivateFile.Write(Cookie, RandomNumberGenerator.GetHexString(32), writable: false);
        }
    }

    // The log goes to standard output only: whoever started the server keeps it.
    public string MainText() =>
        $"""
        listeners.tcp.1 = 127.0.0.1:{settings.Port}
        disk_free_limit.absolute = 50MB
        log.file = false
        log.console = true
        log.console.level = info
        log.console.use_colors = off

        """ + (settings.ManagementPort is { } port ? $"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\n" : "");

    // As bytes: there is nothing to escape in <<112,97,115,115>>, whatever the password holds.
    public string AdvancedText() =>
        $"[{{rabbit, [{{default_user, {Binary(settings.UserName)}}}, {{default_pass, {Binary(settings.Password)}}}]}}].\n";

    private static string Binary(string text) => $"<<{string.Join(',', Encoding.UTF8.GetBytes(text))}>>";

    private string In(string name) => Path.Combine(settings.DataFolder, name);
}
