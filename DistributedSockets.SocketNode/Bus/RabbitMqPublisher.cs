// Keeps a connection for publishing and sends single broker messages over it.
using System.Text;
using DistributedSockets.SocketNode.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>Keeps a connection for publishing, from its construction to its disposal, and sends single broker messages over it.</summary>
internal sealed partial class RabbitMqPublisher : IAsyncDisposable
{
    /// <summary>How long a message may take from its caller to its answer.</summary>
    public static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(5);

    private readonly RabbitMqConnector _connector;
    private readonly BusMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RabbitMqPublisher> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile PublishSession? _session;

    public RabbitMqPublisher(RabbitMqConnector connector, BusMetrics metrics, TimeProvider time, ILogger<RabbitMqPublisher> logger)
    {
        _connector = connector;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _running = Task.Run(() => ConnectAsync(_stopping.Token));
    }

    /// <summary>The connection of now, if any.</summary>
    public PublishSession? Session => _session;

    /// <summary>As the broker said when it was connected to.</summary>
    public string? BrokerVersion => _session?.Connection.ServerProperties?.TryGetValue("version", out var version) == true && version is byte[] text ? Encoding.UTF8.GetString(text) : null;

    public BusState State => _session switch
    {
        { Blocked: true } => BusState.Blocked,
        { Ready: true } => BusState.Connected,
        _ => BusState.Disconnected,
    };

    /// <summary>Sends one message that some queue must take. Never throws.</summary>
    public async Task<SendResult> SendAsync(string exchange, string routingKey, BasicProperties properties, ReadOnlyMemory<byte> body, TimeSpan limit)
    {
        if (_session is not { Ready: true } session)
        {
            return SendResult.NotSent;
        }

        using var timeout = new CancellationTokenSource(limit, _time);
        try
        {
            await session.Confirmed.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, body, timeout.Token);
            return SendResult.Routed;
        }
        catch (PublishException exception)
        {
            return exception.IsReturn ? SendResult.Returned : SendResult.Refused;
        }
        catch (OperationCanceledException)
        {
            // Silence without an alarm is a connection that is dead without knowing it. Nothing else may wait as long on it.
            if (!session.Blocked)
            {
                session.Abandon("a publish was not answered in time");
            }

            return SendResult.TimedOut;
        }
        catch (Exception exception)
        {
            LogSendFailed(exception, routingKey);
            return SendResult.Lost;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var backoff = new BusBackoff(_time);
        try
        {
            while (true)
            {
                await HoldConnectionAsync(backoff, cancellationToken);
                _metrics.Reconnecting("publish");
                await backoff.WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The bus is disposed.
        }
    }

    /// <summary>Opens a connection, offers it to senders and returns when it has ended.</summary>
    private async Task HoldConnectionAsync(BusBackoff backoff, CancellationToken cancellationToken)
    {
        IConnection? connection = null;
        try
        {
            connection = await _connector.OpenAsync("publish", cancellationToken);
            await DeclareDeadQueueAsync(connection, cancellationToken);
            var session = await PublishSession.OpenAsync(connection, cancellationToken);
            backoff.Reset();
            _session = session;
            LogConnected();
            LogDisconnected(await session.Ended.WaitAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogConnectFailed(exception.Message);
        }
        finally
        {
            _session = null;
            if (connection is not null)
            {
                await _connector.CloseAsync(connection);
            }
        }
    }

    /// <summary>A queue of that name with other arguments is somebody's decision, and no reason to go without a bus.</summary>
    private async Task DeclareDeadQueueAsync(IConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.QueueDeclareAsync(
                BusTopology.DeadQueue, durable: true, exclusive: false, autoDelete: false, BusTopology.DeadQueueArguments(), cancellationToken: cancellationToken);
        }
        catch (OperationInterruptedException exception)
        {
            LogDeadQueueDiffers(exception.Message);
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Connected to the broker for publishing")]
    private partial void LogConnected();

    [LoggerMessage(4002, LogLevel.Warning, "Lost the broker for publishing: {Reason}")]
    private partial void LogDisconnected(string reason);

    [LoggerMessage(4003, LogLevel.Warning, "Could not connect to the broker for publishing: {Reason}")]
    private partial void LogConnectFailed(string reason);

    [LoggerMessage(4004, LogLevel.Warning, "The queue of unreadable messages exists with other settings and is used as it is: {Reason}")]
    private partial void LogDeadQueueDiffers(string reason);

    [LoggerMessage(4005, LogLevel.Debug, "A message to {RoutingKey} was cut off")]
    private partial void LogSendFailed(Exception exception, string routingKey);
}
