// Two nodes for hostile ids, one for tokens and one without, that tell everything they do: over the shared cluster's Redis and RabbitMQ.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.Tests.Support;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace DistributedSockets.Tests.Security;

/// <summary>Two nodes that tell everything they do, and what is published between all nodes meanwhile.</summary>
public sealed class HostileNodes(ClusterFixture shared) : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _routingKeys = new();
    private NodeProcess? _closed;
    private NodeProcess? _open;
    private IConnection? _tap;

    /// <summary>The one that wants tokens.</summary>
    internal NodeProcess Closed => _closed!;

    /// <summary>The one that believes the address.</summary>
    internal NodeProcess Open => _open!;

    internal RunningCluster Cluster => shared.Cluster;

    /// <summary>Of everything that was published.</summary>
    internal IReadOnlyCollection<string> RoutingKeys => _routingKeys;

    /// <summary>What both have printed, by lines.</summary>
    internal IEnumerable<string> Log => $"{Closed.Output}\n{Open.Output}".Split('\n');

    public async ValueTask InitializeAsync()
    {
        // The framework's own log stays as it is delivered: nodes that are started here do not find their appsettings.json.
        (string, string)[] talkative = [("Logging__LogLevel__Default", "Debug"), ("Logging__LogLevel__Microsoft.AspNetCore", "Warning")];
        _open = await NodeProcess.StartAsync(Cluster, "hostile-open", talkative);
        _closed = await NodeProcess.StartAsync(Cluster, "hostile-closed", [.. talkative, .. Tokens.Settings.Select(AsVariable)]);
        await Open.WhenHealthyAsync();
        await Closed.WhenHealthyAsync();
        _tap = await Cluster.ConnectToRabbitMqAsync();
        var channel = await _tap.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(queue.QueueName, BusTopology.Exchange, "#");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            _routingKeys.Enqueue(delivery.RoutingKey);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[_tap, _closed, _open])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    private static (string Name, string Value) AsVariable(string setting)
    {
        var parts = setting.Split('=', 2);
        return (parts[0].Replace(":", "__", StringComparison.Ordinal), parts[1]);
    }
}
