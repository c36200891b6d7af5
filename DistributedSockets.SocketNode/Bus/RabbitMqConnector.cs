// Opens and closes the bus's connections to the broker.
using DistributedSockets.SocketNode.Messaging;
using RabbitMQ.Client;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Opens and closes the bus's connections to the broker. The client's own recovery is off on them: the node must know exactly when its queue was
/// lost, since everything hinted until it is bound again must be caught up. The registered factory is left as it is, since others (health checks) use it
/// too; a factory of another type than the client's own is used as given.
/// </summary>
internal sealed class RabbitMqConnector(IConnectionFactory registered, NodeId node, TimeProvider time)
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    private readonly IConnectionFactory _factory = registered is ConnectionFactory template ? WithoutRecovery(template) : registered;

    /// <summary>An open connection on which the exchange exists.</summary>
    /// <param name="side">publish or consume: what the broker's list of connections shows behind the node's name.</param>
    public async Task<IConnection> OpenAsync(string side, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(OpenLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var connection = await _factory.CreateConnectionAsync($"{node} {side}", either.Token);
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: either.Token);
            await channel.ExchangeDeclareAsync(BusTopology.Exchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: either.Token);
            return connection;
        }
        catch
        {
            await CloseAsync(connection);
            throw;
        }
    }

    /// <summary>Closes politely where the broker answers, and is through in two seconds where it doesn't. Never throws.</summary>
    public async Task CloseAsync(IConnection connection)
    {
        await GiveUpAfterAsync(connection.CloseAsync(Constants.ReplySuccess, "bye", CloseLimit, abort: true, CancellationToken.None));
        await GiveUpAfterAsync(connection.DisposeAsync().AsTask());
    }

    private async Task GiveUpAfterAsync(Task closing)
    {
        try
        {
            await closing.WaitAsync(CloseLimit, time);
        }
        catch (Exception)
        {
            // The connection is given up either way, and the broker notices by its heartbeats.
        }
    }

    private static ConnectionFactory WithoutRecovery(ConnectionFactory template) => new()
    {
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        RequestedHeartbeat = TimeSpan.FromSeconds(10),
        RequestedConnectionTimeout = TimeSpan.FromSeconds(3),
        HandshakeContinuationTimeout = TimeSpan.FromSeconds(3),
        ContinuationTimeout = TimeSpan.FromSeconds(5),
        SocketReadTimeout = TimeSpan.FromSeconds(5),
        SocketWriteTimeout = TimeSpan.FromSeconds(5),
        ConsumerDispatchConcurrency = 1,
        Endpoint = template.Endpoint,
        VirtualHost = template.VirtualHost,
        UserName = template.UserName,
        Password = template.Password,
        CredentialsProvider = template.CredentialsProvider,
        AuthMechanisms = template.AuthMechanisms,
        ClientProperties = template.ClientProperties,
        EndpointResolverFactory = template.EndpointResolverFactory,
        SocketFactory = template.SocketFactory,
    };
}
