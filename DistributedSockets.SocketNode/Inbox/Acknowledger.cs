// One connection's acknowledgements on their way to the inbox, and the receipts that follow from them.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Acknowledges what a device says that it has; for a plain connection, what was written to its socket. One call at a time; what comes meanwhile goes with the next.
/// </summary>
internal sealed partial class Acknowledger(IInbox inbox, ReceiptCourier receipts, UserId user, DeviceId device, ILogger logger)
{
    private readonly Lock _gate = new();
    private long _seq;
    private bool _running;

    /// <summary>The call that is under way or has ended last, for the connection to await when it closes.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>The life of the inbox that the client counts in; null for a plain connection. Set before the first acknowledgement.</summary>
    public string? Epoch { get; set; }

    public void Acknowledge(long seq)
    {
        lock (_gate)
        {
            // In the order of the socket. A smaller one than before comes from an inbox that was wiped and counts anew.
            _seq = seq;
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
                if (await inbox.AcknowledgeAsync(user, device, Epoch, done, CancellationToken.None))
                {
                    await receipts.DeliverOwedAsync(user, CancellationToken.None);
                }
            }
            catch (InboxUnavailableException exception)
            {
                // The next one covers it. Without a next one the messages are read again at the next hello, and what is owed is found by the sweeper.
                LogNotAcknowledged(exception, done);
            }
        }
    }

    private bool TryNext(ref long done)
    {
        lock (_gate)
        {
            _running = _seq != done;
            done = _seq;
            return _running;
        }
    }

    [LoggerMessage(5002, LogLevel.Warning, "Messages could not be acknowledged up to {Seq}; they may be delivered again")]
    private partial void LogNotAcknowledged(Exception exception, long seq);
}
