// The configuration files that the servers are started with.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class ConfigurationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ds-conf-").FullName;

    [Fact]
    public void Redis_listens_on_loopback_with_its_password()
    {
        var text = RedisConfiguration.Text(new RedisSettings(7001, "se\"cr\\et", "/data/redis", []));
        Assert.Contains("port 7001\nbind 127.0.0.1\nrequirepass \"se\\\"cr\\\\et\"\ndir \"/data/redis\"\nsave \"\"\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_owner_can_read_the_password_of_redis() =>
        AssertPrivate(RedisConfiguration.Write(new RedisSettings(7001, "secret", _folder, [])));

    [Fact]
    public void RabbitMq_listens_on_loopback_and_has_no_management_unless_asked()
    {
        var configuration = Write(managementPort: null);
        var text = File.ReadAllText(configuration.Main);
        Assert.Contains("listeners.tcp.1 = 127.0.0.1:7002\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("management", text, StringComparison.Ordinal);
        Assert.Equal("[].\n", File.ReadAllText(configuration.Plugins));
    }

    [Fact]
    public void Management_listens_on_loopback_when_asked()
    {
        var configuration = Write(managementPort: 7003);
        Assert.Contains("management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = 7003\n", File.ReadAllText(configuration.Main), StringComparison.Ordinal);
        Assert.Equal("[rabbitmq_management].\n", File.ReadAllText(configuration.Plugins));
    }

    [Fact]
    public void The_user_is_written_as_bytes_that_only_the_owner_can_read()
    {
        var configuration = Write(managementPort: null);
        Assert.Equal("[{rabbit, [{default_user, <<117>>}, {default_pass, <<34,195,188>>}]}].\n", File.ReadAllText(configuration.Advanced));
        AssertPrivate(configuration.Advanced);
    }

    [Fact]
    public void The_cookie_outlives_a_restart()
    {
        var cookie = Path.Combine(Write(managementPort: null).Home, ".erlang.cookie");
        var first = File.ReadAllText(cookie);
        AssertPrivate(cookie);
        Write(managementPort: null);
        Assert.Equal(first, File.ReadAllText(cookie));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RabbitMqConfiguration Write(int? managementPort)
    {
        var configuration = new RabbitMqConfiguration(new RabbitMqSettings(7002, managementPort, "u", "\"ü", _folder));
        configuration.Write();
        return configuration;
    }

    private static void AssertPrivate(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }
}
