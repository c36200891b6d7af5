// Sends notices as best it can.
using System.Threading.Channels;
using DistributedSockets.SocketNode.Diagnostics;
using RabbitMQ.Client;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>Sends notices as best it can, in order, from its construction to its disposal; what can't be sent now is dropped.</summary>
internal sealed partial class RabbitMqNotices : IAsyncDisposable
{
    /// <summary>What waits to be sent; the oldest goes when one more comes, since it is nearest to being worth nothing.</summary>
    private const int MaxWaiting = 1_000;

    private readonly RabbitMqPublisher _publisher;
    private readonly BusMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RabbitMqNotices> _logger;
    private readonly Channel<WaitingNotice> _waiting;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sending;

    public RabbitMqNotices(RabbitMqPublisher publisher, BusMetrics metrics, TimeProvider time, ILogger<RabbitMqNotices> logger)
    {
        _publisher = publisher;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _waiting = Channel.CreateBounded<WaitingNotice>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => metrics.NoticeDropped());
        _sending = Task.Run(() => SendAsync(_stopping.Token));
    }

    /// <summary>Sends a notice when its turn comes, or drops it.</summary>
    public void Tell(string routingKey, Notice notice) => _waiting.Writer.TryWrite(new WaitingNotice(routingKey, notice));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sending;
        _stopping.Dispose();
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var waiting in _waiting.Reader.ReadAllAsync(cancellationToken))
            {
                if (!await TrySendAsync(waiting, cancellationToken))
                {
                    _metrics.NoticeDropped();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The bus is disposed.
        }
    }

    private async Task<bool> TrySendAsync(WaitingNotice waiting, CancellationToken cancellationToken)
    {
        if (_publisher.Session is not { Ready: true } session)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(RabbitMqPublisher.SendLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var properties = new BasicProperties { ContentType = BusTopology.NoticeType, Expiration = BusTopology.NoticeExpiration };
            await session.Notices.BasicPublishAsync(
                BusTopology.Exchange, waiting.RoutingKey, mandatory: false, properties, NoticeCodec.Encode(waiting.Notice), either.Token);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogSendFailed(exception, waiting.RoutingKey);
            return false;
        }
    }

    private readonly record struct WaitingNotice(string RoutingKey, Notice Notice);

    [LoggerMessage(4010, LogLevel.Debug, "A notice to {RoutingKey} was dropped")]
    private partial void LogSendFailed(Exception exception, string routingKey);
}
