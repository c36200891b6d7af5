// The one place where tests get RabbitMQ from.
using Aspire.Hosting;
using RabbitMQ.Client;

[assembly: AssemblyFixture(typeof(DistributedSockets.Tests.Support.RabbitMqFixture))]

namespace DistributedSockets.Tests.Support;

/// <summary>The one place where tests get RabbitMQ from. A fixture of the assembly for the sake of its end; the rest is static because fields are initialised with it.</summary>
public sealed class RabbitMqFixture : IAsyncDisposable
{
    private static readonly TestServer Server = new("rabbitmq", builder => builder.AddRabbitMQ("rabbitmq"));

    // Blocks the first time, while the broker starts: initialisers of fields can't wait otherwise. On a thread of the pool, away from the test framework's context.
    private static readonly Lazy<Uri> Address = new(() => new Uri(Task.Run(Server.ConnectionStringAsync).GetAwaiter().GetResult()));

    public static Uri Uri => Address.Value;

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

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
