// Redis and RabbitMQ for a stack, through LocalHosting.
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Benchmarks.Running;

internal static class Servers
{
    private static readonly Progress<string> Progress = new(Console.Error.WriteLine);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <param name="durable">As the AppHost runs it: every write is on the disk before it is answered. Else as most run it for a backplane: in memory only.</param>
    public static async Task<RedisAddress> StartRedisAsync(Stack stack, bool durable, CancellationToken cancellationToken)
    {
        string[] arguments = durable ? ["--appendonly", "yes", "--appendfsync", "always", "--lazyfree-lazy-expire", "yes", "--auto-aof-rewrite-min-size", "512mb"] : [];
        var address = new RedisAddress(Ports.FindFree(), ServerPassword.Create());
        var commands = await RedisServer.PrepareAsync(new RedisSettings(address.Port, address.Password, stack.DataOf("redis"), arguments), Progress, cancellationToken);
        Start(stack, "redis", commands);
        await ListeningAsync(address.Port, cancellationToken);
        return address;
    }

    /// <summary>The address that its clients connect to.</summary>
    public static async Task<string> StartRabbitMqAsync(Stack stack, CancellationToken cancellationToken)
    {
        var port = Ports.FindFree();
        var password = ServerPassword.Create();
        var commands = await RabbitMqServer.PrepareAsync(new RabbitMqSettings(port, null, "guest", password, stack.DataOf("rabbitmq")), Progress, cancellationToken);
        Start(stack, "rabbitmq", commands);
        await ListeningAsync(port, cancellationToken);
        return $"amqp://guest:{password}@127.0.0.1:{port}";
    }

    /// <summary>Until somebody accepts connections there.</summary>
    public static async Task ListeningAsync(int port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    // The last one is the server; what comes before it only helps it to start.
    private static void Start(Stack stack, string name, IReadOnlyList<ServerCommand> commands)
    {
        for (var i = 0; i < commands.Count; i++)
        {
            var isServer = i == commands.Count - 1;
            stack.Start(isServer ? name : $"{name}-{i}", commands[i], counts: isServer);
        }
    }
}

internal sealed record RedisAddress(int Port, string Password)
{
    public string ForDotNet => $"127.0.0.1:{Port},password={Password}";

    public string ForNode => $"redis://:{Password}@127.0.0.1:{Port}";
}
