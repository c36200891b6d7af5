// A real RabbitMQ, from wherever this machine gets it.
using System.Net.Http.Headers;
using System.Text;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class RabbitMqServerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ds rabbit-").FullName;

    [Fact]
    public async Task It_answers_to_its_password_only_and_keeps_its_data_over_a_restart_on_another_port()
    {
        int[] ports = [Ports.FindFree(), Ports.FindFree(), Ports.FindFree()];
        await using (await StartAsync(ports[0], managementPort: ports[1]))
        {
            await using var connection = await ConnectAsync(ports[0], "pass\"wörd");
            await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
            await channel.QueueDeclareAsync("kept", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestContext.Current.CancellationToken);
            var refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(ports[0], "wrong"));
            Assert.IsType<AuthenticationFailureException>(refused.InnerException);
            Assert.Contains("\"node\":\"ds@localhost\"", await OverviewAsync(ports[1]), StringComparison.Ordinal);
        }

        await using (await StartAsync(ports[2], managementPort: null))
        {
            await using var connection = await ConnectAsync(ports[2], "pass\"wörd");
            await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
            await channel.QueueDeclarePassiveAsync("kept", TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<RunningServer> StartAsync(int port, int? managementPort)
    {
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        var commands = await RabbitMqServer.PrepareAsync(
            new RabbitMqSettings(port, managementPort, "alice", "pass\"wörd", _folder), new OutputProgress(output), TestContext.Current.CancellationToken);
        output.WriteLine($"prepared in {time.GetElapsedTime(begun)}");
        begun = time.GetTimestamp();
        var server = await RunningServer.StartAsync(commands, "Server startup complete", TestContext.Current.CancellationToken);
        output.WriteLine($"ready in {time.GetElapsedTime(begun)}");
        return server;
    }

    private static Task<IConnection> ConnectAsync(int port, string password) =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = port, UserName = "alice", Password = password }
            .CreateConnectionAsync(TestContext.Current.CancellationToken);

    private static async Task<string> OverviewAsync(int port)
    {
        using var client = new HttpClient();
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes("alice:pass\"wörd"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        return await client.GetStringAsync($"http://127.0.0.1:{port}/api/overview", TestContext.Current.CancellationToken);
    }
}
