// What a device sends to one recipient: in order, a bounded number under way, and from the first that failed on once more.
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// What a device sends to one recipient, as an SDK does it (go-back-N): at most <see cref="Window"/> are under way; after a failure nothing more is sent until each of
/// those has its answer, then everything unacknowledged is sent again in order, with the ids it had. Used under its device's lock.
/// </summary>
internal sealed class FaultLane
{
    private const int Window = 16;

    // What was sent has its answer well before: a node says "unavailable" rather than nothing.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly List<SentMessage> _waiting = [];
    private int _next;
    private int _unanswered;
    private long _failedAt;
    private TimeSpan _pause;

    public int Unacknowledged => _waiting.Count;

    /// <summary>How many more messages it takes before it is full.</summary>
    public bool HasRoom => _waiting.Count < 2 * Window;

    /// <summary>What waits longest for an answer; null when nothing is under way.</summary>
    public SentMessage? Oldest => _next > 0 ? _waiting[0] : null;

    public void Add(SentMessage message) => _waiting.Add(message);

    /// <summary>There is a new connection: everything unacknowledged is sent over it.</summary>
    public void Restart() => (_next, _unanswered, _failedAt) = (0, 0, 0);

    /// <param name="isAnswer">False: an earlier connection says so, and the present one still owes its answer.</param>
    public void OnAcknowledged(SentMessage message, bool isAnswer)
    {
        if (isAnswer)
        {
            OnAnswer();
        }

        Remove(message);
    }

    /// <summary>It may or may not have been stored, and is sent again with what came after it.</summary>
    public void OnFailed(TimeSpan pause)
    {
        OnAnswer();
        if (_failedAt == 0)
        {
            (_failedAt, _pause) = (Stopwatch.GetTimestamp(), pause);
        }
    }

    /// <summary>It is given up.</summary>
    public void OnRefused(SentMessage message)
    {
        OnAnswer();
        Remove(message);
    }

    /// <summary>What may be sent now, in order.</summary>
    public IEnumerable<SentMessage> TakeSendable()
    {
        if (_failedAt != 0)
        {
            var since = Stopwatch.GetElapsedTime(_failedAt);
            if (since < _pause || (_unanswered > 0 && since < AnswerLimit))
            {
                yield break;
            }

            Restart();
        }

        while (_next < _waiting.Count && _next < Window)
        {
            _unanswered++;
            yield return _waiting[_next++];
        }
    }

    private void OnAnswer() => _unanswered = Math.Max(0, _unanswered - 1);

    private void Remove(SentMessage message)
    {
        var index = _waiting.IndexOf(message);
        if (index >= 0)
        {
            _waiting.RemoveAt(index);
            _next = index < _next ? _next - 1 : _next;
        }
    }
}
