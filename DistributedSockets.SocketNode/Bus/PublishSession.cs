// One connection to the broker on which the bus publishes, from its opening to its end.
using System.Threading.RateLimiting;
using RabbitMQ.Client;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>One connection on which the bus publishes, from its opening to its end.</summary>
internal sealed class PublishSession
{
    /// <summary>Confirms awaited at one time. A link has one publish in flight, so this is reached only by a cluster of more nodes than that.</summary>
    private const int MaxUnconfirmed = 256;

    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _blocked;

    private PublishSession(IConnection connection, IChannel confirmed, IChannel notices)
    {
        Connection = connection;
        Confirmed = confirmed;
        Notices = notices;
    }

    public IConnection Connection { get; }

    /// <summary>Confirms every message, returns what no queue takes.</summary>
    public IChannel Confirmed { get; }

    /// <summary>Confirms nothing: a notice that is lost is worth nothing, and must not hold up a message.</summary>
    public IChannel Notices { get; }

    /// <summary>The broker accepts nothing (memory or disk alarm).</summary>
    public bool Blocked => _blocked;

    public bool Ready => !_blocked && Confirmed.IsOpen && !_ended.Task.IsCompleted;

    /// <summary>Completes when the session can't be used any more, with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    public static async Task<PublishSession> OpenAsync(IConnection connection, CancellationToken cancellationToken)
    {
        // Without a limiter of our own the client either has none or delays publishes long before its limit.
        var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = MaxUnconfirmed, QueueLimit = int.MaxValue });
        var confirmed = await connection.CreateChannelAsync(new CreateChannelOptions(true, true, limiter), cancellationToken);
        var notices = await connection.CreateChannelAsync(new CreateChannelOptions(false, false), cancellationToken);
        var session = new PublishSession(connection, confirmed, notices);
        session.Watch();
        return session;
    }

    /// <summary>Ends it from this side.</summary>
    public void Abandon(string reason) => _ended.TrySetResult(reason);

    private void Watch()
    {
        Connection.ConnectionBlockedAsync += (_, _) => SetBlocked(true);
        Connection.ConnectionUnblockedAsync += (_, _) => SetBlocked(false);
        Connection.ConnectionShutdownAsync += (_, reason) => End(reason.ReplyText);

        // An exchange deleted by hand closes only the channel; a new session declares it again.
        Confirmed.ChannelShutdownAsync += (_, reason) => End(reason.ReplyText);
        Notices.ChannelShutdownAsync += (_, reason) => End(reason.ReplyText);
    }

    private Task SetBlocked(bool blocked)
    {
        _blocked = blocked;
        return Task.CompletedTask;
    }

    private Task End(string reason)
    {
        _ended.TrySetResult(reason);
        return Task.CompletedTask;
    }
}
