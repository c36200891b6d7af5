// What befalls RabbitMQ: restarted, queues and bindings taken away, blocked, out of reach, poison and echoes on the exchange.
using System.Security.Cryptography;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.Tests.Support;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace DistributedSockets.Tests.Faults;

internal sealed class RabbitMqFaults(FaultCluster cluster)
{
    private const string Echo = "x-echo";

    /// <summary>T7: stopped and started.</summary>
    public async Task RestartAsync()
    {
        await cluster.System.CommandAsync("rabbitmq", "restart");

        // As with Redis.
        await cluster.HealAsync();
    }

    /// <summary>T7: the node's queue is deleted under it.</summary>
    public Task DeleteQueueAsync(int node) => RunAsync(
        $"[rabbit_amqqueue:delete(Q, false, false, <<\"faults\">>) || Q <- rabbit_amqqueue:list(), {IsOf(node, "amqqueue:get_name(Q)")}], ok.");

    /// <summary>T7: the node's queue stays and nothing comes onto it any more.</summary>
    public Task UnbindAsync(int node) => RunAsync(
        $"[rabbit_binding:remove(B, <<\"faults\">>) || Q <- rabbit_amqqueue:list(), {IsOf(node, "amqqueue:get_name(Q)")}, " +
        $"B <- rabbit_binding:list_for_destination(amqqueue:get_name(Q)), element(4, element(2, B)) =:= <<\"{BusTopology.Exchange}\">>], ok.");

    /// <summary>T7: the broker's memory is full, so it reads from no publisher.</summary>
    public async Task BlockAsync(TimeSpan length)
    {
        await RunAsync("rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).");
        try
        {
            await Task.Delay(length, TestContext.Current.CancellationToken);
        }
        finally
        {
            await RunAsync("rabbit_alarm:clear_alarm({resource_limit, memory, node()}).");
        }
    }

    /// <summary>T8: nothing passes between the node and the broker, and nobody says so.</summary>
    public async Task CutAsync(int node, TimeSpan length)
    {
        cluster.Links(node).RabbitMq.Mode = ProxyMode.Blackhole;
        try
        {
            await Task.Delay(length, TestContext.Current.CancellationToken);
        }
        finally
        {
            cluster.Links(node).RabbitMq.Mode = ProxyMode.Pass;
        }
    }

    /// <summary>T18: bytes that nobody can read, to every node.</summary>
    public async Task PoisonAsync(int count)
    {
        await using var connection = await cluster.System.ConnectToRabbitMqAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        for (var number = 0; number < count; number++)
        {
            var type = (string?[])[null, BusTopology.EnvelopesType, BusTopology.NoticeType];
            await channel.BasicPublishAsync(
                BusTopology.Exchange, $"server.server-{1 + (number % FaultCluster.Nodes)}", mandatory: false,
                new BasicProperties { ContentType = type[number % type.Length] }, RandomNumberGenerator.GetBytes(200), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>T22: until disposed, whatever nodes publish to each other comes twice.</summary>
    public async Task<IAsyncDisposable> EchoAsync()
    {
        var connection = await cluster.System.ConnectToRabbitMqAsync();
        var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        var queue = await channel.QueueDeclareAsync(cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueBindAsync(queue.QueueName, BusTopology.Exchange, "server.#", cancellationToken: TestContext.Current.CancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            if (delivery.BasicProperties.Headers?.ContainsKey(Echo) != true)
            {
                var properties = new BasicProperties(delivery.BasicProperties);
                properties.Headers = new Dictionary<string, object?>(properties.Headers ?? new Dictionary<string, object?>()) { [Echo] = true };
                await channel.BasicPublishAsync(delivery.Exchange, delivery.RoutingKey, mandatory: false, properties, delivery.Body.ToArray(), CancellationToken.None);
            }
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Whether a queue's name begins as those of the node do: a resource is {resource, vhost, kind, name}.</summary>
    private static string IsOf(int node, string name) => $"lists:prefix(\"ds.node.server-{node}.\", binary_to_list(element(4, {name})))";

    private Task RunAsync(string expressions) =>
        BrokerShell.RunAsync(cluster.System.ProcessOf("rabbitmq") ?? throw new InvalidOperationException("RabbitMQ does not run."), expressions);
}
