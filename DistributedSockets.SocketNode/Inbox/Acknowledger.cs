// One connection's acknowledgements on their way to the inbox, and the receipts that follow from them.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Acknowledges what a device says that it has; for a plain connection, what was written to its socket. One call at a time; what comes meanwhile goes with the next. When a device has
/// acknowledged many at once the next call waits a moment, so that the busier it is the fewer the calls, and the receipts that follow from them.
/// </summary>
/// <param name="goneBack">Hears that the inbox has another message at the place that was acknowledged.</param>
/// <param name="close">Closes the connection, where a defect stands in the way.</param>
internal sealed partial class Acknowledger(
    IInbox inbox, ReceiptCourier receipts, UserId user, DeviceId device, Action goneBack, Action<CloseReason> close, TimeProvider time, ILogger logger)
{
    /// <summary>So many at once make a device a busy one. Who acknowledges message by message waits for nothing.</summary>
    private const int Many = 32;

    /// <summary>So many wait no longer: one call of the inbox looks at not many more.</summary>
    private const int Full = 256;

    /// <summary>A person does not notice.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Place _latest;
    private Place _asked;
    private bool _running;
    private bool _isEnding;
    private TaskCompletionSource _goOn = new();

    /// <summary>The calls that are under way or have ended last.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <param name="epoch">The life of the inbox that <paramref name="seq"/> counts in: what was written to a slow reader may be from before a wipe, and must not count in the new one.</param>
    /// <param name="storedAt">When the message there was stored, as it was sent; 0 where that is not known.</param>
    public void Acknowledge(long seq, string? epoch, long storedAt)
    {
        lock (_gate)
        {
            // A smaller one than before takes nothing back, unless the inbox was wiped and counts anew.
            if (epoch != _latest.Epoch || seq > _latest.Seq)
            {
                _latest = new Place(seq, epoch, storedAt);
            }

            if (!_running)
            {
                _running = true;
                Running = AcknowledgeAsync();
            }
            else if (HasComeBy(Full))
            {
                _goOn.TrySetResult();
            }
        }
    }

    /// <summary>What waits for its moment goes now.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            _goOn.TrySetResult();
        }
    }

    /// <summary>Waits for no more. Completes when all that was to be acknowledged has been, or has failed.</summary>
    public Task EndAsync()
    {
        lock (_gate)
        {
            _isEnding = true;
            _goOn.TrySetResult();
            return Running;
        }
    }

    private async Task AcknowledgeAsync()
    {
        do
        {
            var (done, goOn) = Take();
            try
            {
                var owed = await inbox.AcknowledgeAsync(user, device, done.Epoch, done.Seq, done.StoredAt, CancellationToken.None);
                if (owed is null)
                {
                    goneBack();
                }
                else if (owed.Owed.Count > 0)
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

            await goOn.WaitAsync(Pause, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (GoesOn());
    }

    /// <returns>What to ask for, and when the call behind that may begin, if not later than a pause.</returns>
    private (Place Done, Task GoOn) Take()
    {
        lock (_gate)
        {
            // A plain connection tells its own messages apart by nothing, so it must not be behind when it breaks.
            var waits = !_isEnding && device != DeviceId.Plain && HasComeBy(Many);
            _asked = _latest;
            if (!waits)
            {
                return (_asked, Task.CompletedTask);
            }

            _goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (_asked, _goOn.Task);
        }
    }

    private bool GoesOn()
    {
        lock (_gate)
        {
            return _running = _latest != _asked;
        }
    }

    /// <summary>Whether the device has come so much further than what was asked for last. What it has done on earlier connections does not count.</summary>
    private bool HasComeBy(int messages) => _latest.Epoch == _asked.Epoch && _latest.Seq - _asked.Seq >= messages;

    private readonly record struct Place(long Seq, string? Epoch, long StoredAt);

    [LoggerMessage(5002, LogLevel.Warning, "Messages could not be acknowledged up to {Seq}; they may be delivered again")]
    private partial void LogNotAcknowledged(Exception exception, long seq);

    [LoggerMessage(5004, LogLevel.Error, "A defect: messages of user {UserId} could not be acknowledged up to {Seq}; closing the connection")]
    private partial void LogBroken(Exception exception, UserId userId, long seq);
}
