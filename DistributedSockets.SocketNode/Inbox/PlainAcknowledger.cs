// A plain connection has acknowledged a stored message when it was written to its socket.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Acknowledges for a plain connection what was written to its socket. One call at a time; what is written meanwhile goes with the next.
/// </summary>
internal sealed partial class PlainAcknowledger(IInbox inbox, UserId user, ILogger logger)
{
    private readonly Lock _gate = new();
    private long _written;
    private bool _running;

    /// <summary>The call that is under way or has ended last, for the connection to await when it closes.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public void Written(long seq)
    {
        lock (_gate)
        {
            // In the order of writing. A smaller one than before comes from an inbox that was wiped and counts anew.
            _written = seq;
            if (!_running)
            {
                _running = true;
                Running = AcknowledgeAsync();
            }
        }
    }

    private async Task AcknowledgeAsync()
    {
        for (long done = 0; TryNext(ref done);)
        {
            try
            {
                await inbox.AcknowledgeAsync(user, DeviceId.Plain, done, CancellationToken.None);
            }
            catch (InboxUnavailableException exception)
            {
                // The next one covers it; without a next one the message is delivered again, which a plain recipient is warned of.
                LogNotAcknowledged(exception, done);
            }
        }
    }

    private bool TryNext(ref long done)
    {
        lock (_gate)
        {
            _running = _written != done;
            done = _written;
            return _running;
        }
    }

    [LoggerMessage(5002, LogLevel.Warning, "Written messages could not be acknowledged up to {Seq}; they may be delivered again")]
    private partial void LogNotAcknowledged(Exception exception, long seq);
}
