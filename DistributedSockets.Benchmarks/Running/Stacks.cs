// How each stack is started: ours with Redis and RabbitMQ, the peers with their Redis, the relays alone.
using System.Globalization;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class Stacks(RunFolder folder, string nodeAssembly)
{
    public const string Ours = "ours";
    public const string SignalRRedis = "signalr-redis";
    public const string SignalR = "signalr";
    public const string SocketIoPubSub = "socketio-pubsub";
    public const string SocketIoStreams = "socketio-streams";
    public const string RelayWebSocket = "relay-websocket";
    public const string RelayPipes = "relay-pipes";

    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(60);

    // What builds with the Web SDK have, unless they say otherwise as our node does: the collector of a server.
    private static readonly Dictionary<string, string> ServerCollector = new() { ["DOTNET_gcServer"] = "1" };

    public async Task<Stack> StartAsync(string name, int nodes, CancellationToken cancellationToken)
    {
        var stack = new Stack(name, folder);
        try
        {
            await (name switch
            {
                Ours => StartOursAsync(stack, nodes, cancellationToken),
                SocketIoPubSub or SocketIoStreams => StartSocketIoAsync(stack, nodes, cancellationToken),
                SignalRRedis => StartPeersAsync(stack, nodes, await Servers.StartRedisAsync(stack, durable: false, cancellationToken), cancellationToken),
                _ => StartPeersAsync(stack, 1, null, cancellationToken),
            });
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    private async Task StartOursAsync(Stack stack, int nodes, CancellationToken cancellationToken)
    {
        var rabbitMq = Servers.StartRabbitMqAsync(stack, cancellationToken);
        var redis = await Servers.StartRedisAsync(stack, durable: true, cancellationToken);
        stack.Registry = redis;
        var starting = new List<(ChildProcess Node, int Port)>();
        for (var i = 1; i <= nodes; i++)
        {
            var port = Ports.FindFree();
            stack.Ports.Add(port);
            var node = stack.Start($"node-{i}", new ServerCommand(DotNetHost.Path, [nodeAssembly], new Dictionary<string, string>
            {
                ["SERVER_ID"] = $"server-{i}",
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                // As the AppHost has it.
                ["DOTNET_GCgen0size"] = "1800000",
                ["Auth__Mode"] = "anonymous",
                ["ConnectionStrings__redis"] = redis.ForDotNet,
                ["ConnectionStrings__rabbitmq"] = await rabbitMq,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
            }, Path.GetDirectoryName(nodeAssembly)!));
            starting.Add((node, port));
        }

        foreach (var (node, port) in starting)
        {
            await HealthyAsync(node, port, cancellationToken);
        }
    }

    private static async Task StartPeersAsync(Stack stack, int nodes, RedisAddress? redis, CancellationToken cancellationToken)
    {
        for (var i = 1; i <= nodes; i++)
        {
            var port = Ports.FindFree();
            stack.Ports.Add(port);
            string[] arguments = [typeof(Stacks).Assembly.Location, "peer", stack.Name, port.ToString(CultureInfo.InvariantCulture), .. redis is null ? Array.Empty<string>() : [redis.ForDotNet]];
            stack.Start($"node-{i}", new ServerCommand(DotNetHost.Path, arguments, ServerCollector, AppContext.BaseDirectory));
            await Servers.ListeningAsync(port, cancellationToken);
        }
    }

    private static async Task StartSocketIoAsync(Stack stack, int nodes, CancellationToken cancellationToken)
    {
        var redis = await Servers.StartRedisAsync(stack, durable: false, cancellationToken);
        var folder = await SocketIoPackages.InstallAsync(cancellationToken);
        for (var i = 1; i <= nodes; i++)
        {
            var port = Ports.FindFree();
            stack.Ports.Add(port);
            stack.Start($"node-{i}", new ServerCommand("node", ["server.js", stack.Name, port.ToString(CultureInfo.InvariantCulture), redis.ForNode], new Dictionary<string, string>
            {
                ["NODE_ENV"] = "production",
            }, folder));
            await Servers.ListeningAsync(port, cancellationToken);
        }
    }

    private static async Task HealthyAsync(ChildProcess node, int port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HealthLimit);
        using var client = new HttpClient();
        while (!node.Exited.IsCompleted)
        {
            try
            {
                if ((await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/health"), limit.Token)).StartsWith("{\"status\":\"healthy\"", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet, or not ready.
            }

            await Task.Delay(100, limit.Token);
        }

        throw new InvalidOperationException($"A node ended with {await node.Exited} before it was healthy.");
    }
}
