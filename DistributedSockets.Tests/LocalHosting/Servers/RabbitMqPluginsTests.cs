// Which plugins of an unpacked RabbitMQ stay.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class RabbitMqPluginsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ds-plugins-").FullName;

    [Fact]
    public void The_management_plugin_stays_with_what_it_depends_on_and_the_others_go()
    {
        Plugin("rabbit", "kernel,rabbit_common");
        Plugin("rabbit_common", "kernel,\n    stdlib");
        Plugin("rabbitmq_management", "rabbit,cowboy");
        Plugin("cowboy", "ranch");
        Plugin("ranch", "kernel");
        Plugin("rabbitmq_mqtt", "rabbit,ranch");
        RabbitMqPlugins.Trim(_folder);
        Assert.Equal(
            ["cowboy-1.0", "rabbit-1.0", "rabbit_common-1.0", "rabbitmq_management-1.0", "ranch-1.0"],
            Directory.GetDirectories(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Plugin(string name, string dependencies)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"{name}-1.0", "ebin")).FullName;
        File.WriteAllText(Path.Combine(folder, $"{name}.app"), $"{{application, '{name}', [\n  {{vsn, \"1.0\"}},\n  {{applications, [{dependencies}]}}\n]}}.");
    }
}
