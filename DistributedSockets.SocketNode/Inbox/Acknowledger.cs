// One connection's acknowledgements on their way to the inbox, and the receipts that follow from them.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Acknowledges what a device says that it has; for a plain connection, what was written to its socket. One call at a time; what comes meanwhile goes with the next.
/// </summary>
/// <param name="close">Closes the connection, where a defect stands in the way.</param>
internal sealed partial class Acknowledger(IInbox inbox, ReceiptCourier receipts, UserId user, DeviceId device, Action<CloseReason> close, ILogger logger)
{
    private readonly Lock _gate = new();
    private InboxEnd _latest;
    private bool _running;

    /// <summary>The call that is under way or has ended last, for the connection to await when it closes.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <param name="epoch">The life of the inbox that <paramref name="seq"/> counts in: what was written to a slow reader may be from before a wipe, and must not count in the new one.</param>
    public void Acknowledge(long seq, string? epoch)
    {
        lock (_gate)
        {
            // A smaller one than before takes nothing back, unless the inbox was wiped and counts anew.
            _latest = new InboxEnd(epoch == _latest.Epoch ? Math.Max(seq, _latest.Seq) : seq, epoch);
            if (!_running)
            {
                _running = true;
                Running = AcknowledgeAsync();
            }
        }
    }

    private async Task AcknowledgeAsync()
    {
        for (InboxEnd done = default; TryNext(ref done);)
        {
            try
            {
                var owed = await inbox.AcknowledgeAsync(user, device, done.Epoch, done.Seq, CancellationToken.None);
                if (owed.Owed.Count > 0)
                {
                    await receipts.DeliverReceiptsAsync(user, owed, CancellationToken.None);
                }
            }
            catch (InboxUnavailableException exception)
            {
                // The next one covers it. Without a next one the messages are read again at the next hello, and what is owed is found by the sweeper.
                LogNotAcknowledged(exception, done.Seq);
            }
            catch (Exception exception)
            {
                // A defect. Nobody else hears of it, and the client's next connection may have more luck.
                LogBroken(exception, user, done.Seq);
                close(CloseReason.Broken);
            }
        }
    }

    private bool TryNext(ref InboxEnd done)
    {
        lock (_gate)
        {
            _running = _latest != done;
            done = _latest;
            return _running;
        }
    }

    [LoggerMessage(5002, LogLevel.Warning, "Messages could not be acknowledged up to {Seq}; they may be delivered again")]
    private partial void LogNotAcknowledged(Exception exception, long seq);

    [LoggerMessage(5004, LogLevel.Error, "A defect: messages of user {UserId} could not be acknowledged up to {Seq}; closing the connection")]
    private partial void LogBroken(Exception exception, UserId userId, long seq);
}
