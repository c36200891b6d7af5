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

    /// <summary>Behind a round that had no other device to show anything to: whoever reads a history has carried first what is owed.</summary>
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How many messages a round waits for at most.</summary>
    private const int Full = 512;

    /// <summary>Messages that are kept for a round; what more there is, is read back.</summary>
    private const int MostKept = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, Round> _rounds = [];
    private bool _isEnding;
    private TaskCompletionSource? _idle;

    /// <summary>These were stored for the user. Returns at once.</summary>
    public void Ask(UserId user, IReadOnlyList<Envelope> stored)
    {
        Round? round;
        lock (_gate)
        {
            if (_rounds.TryGetValue(user, out round))
            {
                Keep(round, stored);
                return;
            }

            _rounds[user] = round = new Round();
            Keep(round, stored);
        }

        // Owned by nobody's await, ended by itself; the node waits for all at its end.
        _ = RunAsync(user, round);
    }

    /// <summary>Waits for no more. Completes when all that was asked for has been carried, or has failed.</summary>
    public Task EndAsync()
    {
        lock (_gate)
        {
            _isEnding = _rounds.Count > 0;
            foreach (var round in _rounds.Values)
            {
                round.Begin.TrySetResult();
            }

            return _isEnding ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    private void Keep(Round round, IReadOnlyList<Envelope> stored)
    {
        round.IsAsked = true;
        foreach (var message in stored.Take(MostKept - round.Kept.Count))
        {
            round.Kept[message.Seq] = message;
        }

        if (_isEnding || round.Kept.Count >= Full)
        {
            round.Begin.TrySetResult();
        }
    }

    private async Task RunAsync(UserId user, Round round)
    {
        var pause = Pause;
        do
        {
            await round.Begin.Task.WaitAsync(pause, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = await CarryAsync(user, round) ? Pause : LongPause;
        }
        while (IsAskedAgain(user, round));
    }

    /// <returns>Whether another device has got something to show.</returns>
    private async Task<bool> CarryAsync(UserId user, Round round)
    {
        lock (_gate)
        {
            // What came after the last turn had begun may have been carried by it, or not.
            (round.Carried, round.Kept, round.IsAsked) = (round.Kept, [], false);
            round.Begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            return await courier.DeliverCopiesAsync(user, seq => Find(round, seq), CancellationToken.None);
        }
        catch (InboxUnavailableException exception)
        {
            LogNotCarried(exception, user);
        }
        catch (Exception exception)
        {
            LogBroken(exception, user);
        }

        return false;
    }

    private Envelope? Find(Round round, long seq)
    {
        lock (_gate)
        {
            return round.Carried.GetValueOrDefault(seq) ?? round.Kept.GetValueOrDefault(seq);
        }
    }

    private bool IsAskedAgain(UserId user, Round round)
    {
        lock (_gate)
        {
            if (round.IsAsked)
            {
                return true;
            }

            _rounds.Remove(user);
            if (_rounds.Count == 0)
            {
                _idle?.SetResult();
                (_idle, _isEnding) = (null, false);
            }

            return false;
        }
    }

    /// <summary>What waits for a user, and what is being carried.</summary>
    private sealed class Round
    {
        /// <summary>Stored since the turn before has begun, by seq.</summary>
        public Dictionary<long, Envelope> Kept { get; set; } = [];

        /// <summary>Stored before the turn has begun that is under way.</summary>
        public Dictionary<long, Envelope> Carried { get; set; } = [];

        public bool IsAsked { get; set; }

        /// <summary>Completes when there is no more to wait for.</summary>
        public TaskCompletionSource Begin { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(5040, LogLevel.Debug, "What was sent to user {UserId} could not be entered into its conversations; the sweeper does it")]
    private partial void LogNotCarried(Exception exception, UserId userId);

    [LoggerMessage(5041, LogLevel.Error, "A defect: what was sent to user {UserId} could not be entered into its conversations; the sweeper tries again")]
    private partial void LogBroken(Exception exception, UserId userId);
}
