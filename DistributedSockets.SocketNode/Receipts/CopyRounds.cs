// When what was stored is carried on: soon, and together with what else comes until then.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>
/// When what was stored for a user is carried on, to the conversation and to the senders' other devices: a moment later, and together with what else comes until then, so that the busier a
/// user the fewer the turns of the courier. At most one at a time for a user; what it can't carry is found by the sweeper.
/// </summary>
internal sealed partial class CopyRounds(ReceiptCourier courier, TimeProvider time, ILogger<CopyRounds> logger)
{
    /// <summary>A person does not notice.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Messages that are kept for a round; what more there is, is read back.</summary>
    private const int MostKept = 4_096;

    private readonly Lock _gate = new();

    /// <summary>The users that have a round, and what has come since it began to carry; null for nothing.</summary>
    private readonly Dictionary<UserId, List<Envelope>?> _rounds = [];

    private TaskCompletionSource? _idle;

    /// <summary>These were stored for the user. Returns at once.</summary>
    public void Ask(UserId user, IReadOnlyList<Envelope> stored)
    {
        lock (_gate)
        {
            var hasRound = _rounds.TryGetValue(user, out var kept);
            _rounds[user] = kept ??= [];
            kept.AddRange(stored.Take(MostKept - kept.Count));
            if (hasRound)
            {
                return;
            }
        }

        // Owned by nobody's await, ended by itself; the node waits for all at its end.
        _ = RunAsync(user);
    }

    /// <summary>Completes when all that was asked for has been carried, or has failed.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _rounds.Count == 0 ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private async Task RunAsync(UserId user)
    {
        do
        {
            await Task.Delay(Pause, time, CancellationToken.None);
            await CarryAsync(user);
        }
        while (IsAskedAgain(user));
    }

    private async Task CarryAsync(UserId user)
    {
        List<Envelope> stored;
        lock (_gate)
        {
            stored = _rounds[user]!;
            _rounds[user] = null;
        }

        try
        {
            await courier.DeliverCopiesAsync(user, stored, CancellationToken.None);
        }
        catch (InboxUnavailableException exception)
        {
            LogNotCarried(exception, user);
        }
        catch (Exception exception)
        {
            LogBroken(exception, user);
        }
    }

    private bool IsAskedAgain(UserId user)
    {
        lock (_gate)
        {
            if (_rounds[user] is not null)
            {
                return true;
            }

            _rounds.Remove(user);
            if (_rounds.Count == 0)
            {
                _idle?.SetResult();
                _idle = null;
            }

            return false;
        }
    }

    [LoggerMessage(5040, LogLevel.Debug, "What was sent to user {UserId} could not be entered into its conversations; the sweeper does it")]
    private partial void LogNotCarried(Exception exception, UserId userId);

    [LoggerMessage(5041, LogLevel.Error, "A defect: what was sent to user {UserId} could not be entered into its conversations; the sweeper tries again")]
    private partial void LogBroken(Exception exception, UserId userId);
}
