// A connection factory that lets a test at the connections that it made.
using System.Collections.Concurrent;
using RabbitMQ.Client;

namespace DistributedSockets.Tests.Support;

/// <summary>
/// A connection factory that lets a test at the connections that it made: only its own connection may touch an exclusive queue, so
/// "deleted by hand" has to come from there.
/// </summary>
internal sealed class CapturingConnectionFactory : IConnectionFactory
{
    private readonly ConnectionFactory _inner = RabbitMqFixture.NewFactory();

    public CapturingConnectionFactory()
    {
        _inner.AutomaticRecoveryEnabled = false;
        _inner.TopologyRecoveryEnabled = false;
    }

    public ConcurrentStack<IConnection> Connections { get; } = new();

    public IDictionary<string, object?> ClientProperties { get => _inner.ClientProperties; set => _inner.ClientProperties = value; }

    public string Password { get => _inner.Password; set => _inner.Password = value; }

    public ushort RequestedChannelMax { get => _inner.RequestedChannelMax; set => _inner.RequestedChannelMax = value; }

    public uint RequestedFrameMax { get => _inner.RequestedFrameMax; set => _inner.RequestedFrameMax = value; }

    public TimeSpan RequestedHeartbeat { get => _inner.RequestedHeartbeat; set => _inner.RequestedHeartbeat = value; }

    public string UserName { get => _inner.UserName; set => _inner.UserName = value; }

    public string VirtualHost { get => _inner.VirtualHost; set => _inner.VirtualHost = value; }

    public ICredentialsProvider? CredentialsProvider { get => _inner.CredentialsProvider; set => _inner.CredentialsProvider = value; }

    public Uri Uri { get => _inner.Uri; set => _inner.Uri = value; }

    public string? ClientProvidedName { get => _inner.ClientProvidedName; set => _inner.ClientProvidedName = value; }

    public TimeSpan HandshakeContinuationTimeout { get => _inner.HandshakeContinuationTimeout; set => _inner.HandshakeContinuationTimeout = value; }

    public TimeSpan ContinuationTimeout { get => _inner.ContinuationTimeout; set => _inner.ContinuationTimeout = value; }

    public ushort ConsumerDispatchConcurrency { get => _inner.ConsumerDispatchConcurrency; set => _inner.ConsumerDispatchConcurrency = value; }

    /// <summary>The newest connection whose name ends so: publish or consume.</summary>
    public IConnection Newest(string side) => Connections.First(connection => connection.ClientProvidedName!.EndsWith(side, StringComparison.Ordinal));

    public IAuthMechanismFactory? AuthMechanismFactory(IEnumerable<string> mechanismNames) => _inner.AuthMechanismFactory(mechanismNames);

    public Task<IConnection> CreateConnectionAsync(CancellationToken cancellationToken = default) => Keep(_inner.CreateConnectionAsync(cancellationToken));

    public Task<IConnection> CreateConnectionAsync(string clientProvidedName, CancellationToken cancellationToken = default) =>
        Keep(_inner.CreateConnectionAsync(clientProvidedName, cancellationToken));

    public Task<IConnection> CreateConnectionAsync(IEnumerable<string> hostnames, CancellationToken cancellationToken = default) =>
        Keep(_inner.CreateConnectionAsync(hostnames, cancellationToken));

    public Task<IConnection> CreateConnectionAsync(IEnumerable<string> hostnames, string clientProvidedName, CancellationToken cancellationToken = default) =>
        Keep(_inner.CreateConnectionAsync(hostnames, clientProvidedName, cancellationToken));

    public Task<IConnection> CreateConnectionAsync(IEnumerable<AmqpTcpEndpoint> endpoints, CancellationToken cancellationToken = default) =>
        Keep(_inner.CreateConnectionAsync(endpoints, cancellationToken));

    public Task<IConnection> CreateConnectionAsync(IEnumerable<AmqpTcpEndpoint> endpoints, string clientProvidedName, CancellationToken cancellationToken = default) =>
        Keep(_inner.CreateConnectionAsync(endpoints, clientProvidedName, cancellationToken));

    private async Task<IConnection> Keep(Task<IConnection> opening)
    {
        var connection = await opening;
        Connections.Push(connection);
        return connection;
    }
}
