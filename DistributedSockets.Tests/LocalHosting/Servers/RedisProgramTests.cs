// The order in which a Redis is looked for.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class RedisProgramTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public async Task The_redis_on_the_path_is_taken()
    {
        var installed = _machine.Script("bin/redis-server", "echo 'Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64'");
        var program = await FindAsync();
        Assert.Equal(installed, program.FileName);
        Assert.Empty(program.Environment);
    }

    [Fact]
    public async Task A_redis_older_than_7_is_passed_over_for_the_package()
    {
        _machine.Script("bin/redis-server", "echo 'Redis server v=6.0.16 sha=00000000:0'");
        _machine.RunsDebian();
        _machine.HasApt();
        var program = await FindAsync();
        Assert.StartsWith(_machine.Cache, program.FileName, StringComparison.Ordinal);
        Assert.Contains(_machine.Progress, line => line.Contains("6.0.16", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_redis_and_without_apt_the_choices_are_named()
    {
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(FindAsync);
        Assert.Contains("brew install redis rabbitmq", exception.Message, StringComparison.Ordinal);
        Assert.Contains("UseAspire=true", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__redis", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_distribution_with_too_old_a_package_is_told_before_anything_is_downloaded()
    {
        _machine.RunsDebian();
        _machine.HasApt(redisVersion: "6.0.16");
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(FindAsync);
        Assert.Contains("6.0.16", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_machine.Progress, line => line.StartsWith("Fetching", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1", "7.0.15")]
    [InlineData("Valkey server v=8.0.1 sha=00000000:0", "8.0.1")]
    [InlineData("command not found", "")]
    public void The_version_is_read(string output, string version) => Assert.Equal(version, RedisProgram.ParseVersion(output));

    public void Dispose() => _machine.Dispose();

    private Task<RedisProgram> FindAsync() => RedisProgram.FindAsync(_machine.Bare, _machine, TestContext.Current.CancellationToken);
}
