// A real Redis, from wherever this machine gets it.
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;
using StackExchange.Redis;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class RedisServerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ds redis-").FullName;
    private readonly int _port = Ports.FindFree();

    [Fact]
    public async Task It_answers_to_its_password_only_and_keeps_its_data_over_a_restart()
    {
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        var commands = await PrepareAsync();
        output.WriteLine($"prepared in {time.GetElapsedTime(begun)}");
        Assert.DoesNotContain(commands, command => command.Arguments.Any(argument => argument.Contains("pass \"word", StringComparison.Ordinal)));

        begun = time.GetTimestamp();
        await using (await StartAsync(commands))
        {
            output.WriteLine($"ready in {time.GetElapsedTime(begun)}");
            await using var client = await ConnectAsync("pass \"word");
            await client.GetDatabase().StringSetAsync("key", "value");
            Assert.Equal("always", client.GetServer("127.0.0.1", _port).ConfigGet("appendfsync").Single().Value);
            Assert.Equal("", client.GetServer("127.0.0.1", _port).ConfigGet("save").Single().Value);
            await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync("wrong"));
        }

        await using (await StartAsync(await PrepareAsync()))
        {
            await using var client = await ConnectAsync("pass \"word");
            Assert.Equal("value", await client.GetDatabase().StringGetAsync("key"));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<IReadOnlyList<ServerCommand>> PrepareAsync() =>
        RedisServer.PrepareAsync(
            new RedisSettings(_port, "pass \"word", _folder, ["--appendonly", "yes", "--appendfsync", "always"]),
            new OutputProgress(output),
            TestContext.Current.CancellationToken);

    private static Task<RunningServer> StartAsync(IReadOnlyList<ServerCommand> commands) =>
        RunningServer.StartAsync(commands, "Ready to accept connections", TestContext.Current.CancellationToken);

    private async Task<ConnectionMultiplexer> ConnectAsync(string password) =>
        await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", _port } },
            Password = password,
            AllowAdmin = true,
            ConnectRetry = 0,
        });
}
