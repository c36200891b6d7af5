// The one place where tests get RabbitMQ from.
using RabbitMQ.Client;

namespace DistributedSockets.Tests.Support;

/// <summary>The one place where tests get RabbitMQ from.</summary>
public static class RabbitMqFixture
{
    private const string Variable = "ConnectionStrings__rabbitmq";

    public static Uri Uri => new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
        ? text
        : throw new InvalidOperationException($"Set {Variable} to the RabbitMQ that the tests may use."));

    /// <summary>A factory as a node has it registered, by way of <paramref name="port"/> instead of the broker's own (a proxy).</summary>
    public static ConnectionFactory NewFactory(int? port = null)
    {
        var factory = new ConnectionFactory { Uri = Uri };
        if (port is { } by)
        {
            factory.Endpoint = new AmqpTcpEndpoint("127.0.0.1", by);
        }

        return factory;
    }
}
