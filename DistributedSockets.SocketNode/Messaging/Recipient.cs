// One to whom a connection writes, and what is under way to them past the lanes.
using DistributedSockets.SocketNode.Bus;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// One to whom a connection writes. Fast messages to them go to the bus as bytes, past the lanes, for as long as they all go the same way; who wants to go another one
/// waits until the broker has answered for all of them. The read loop posts, the bus answers, a lane waits.
/// </summary>
internal sealed class Recipient(UserId user, Lanes lanes)
{
    /// <summary>More than that on their way, and the sender is held back by the lanes.</summary>
    private const int MaxPosted = 256;

    private NodeIncarnation _target;
    private int _posted;
    private TaskCompletionSource? _settled;

    public UserId User => user;

    /// <summary>Whether nothing is on its way past the lanes.</summary>
    public bool IsSettled => Volatile.Read(ref _posted) == 0;

    /// <summary>
    /// Whether a message may go to that node past the lanes; counts it as being on its way. Asked where the bus takes its answers into account too, so that nothing can
    /// overtake a message that has just come back.
    /// </summary>
    public bool TryBegin(NodeIncarnation target)
    {
        var posted = Volatile.Read(ref _posted);
        if (posted >= MaxPosted || (posted > 0 && target != _target) || !lanes.IsIdle(user))
        {
            return false;
        }

        _target = target;
        Interlocked.Increment(ref _posted);
        return true;
    }

    /// <summary>The bus has an answer for one message. In the order of posting.</summary>
    /// <param name="envelope">The message, if it has to find another way.</param>
    public void Answer(PublishOutcome outcome, Envelope? envelope)
    {
        lanes.Take(this, outcome, envelope);
        if (Interlocked.Decrement(ref _posted) == 0)
        {
            Interlocked.Exchange(ref _settled, null)?.SetResult();
        }
    }

    /// <summary>Completes when nothing is on its way past the lanes. Nothing may be posted meanwhile.</summary>
    public Task WhenSettledAsync()
    {
        if (IsSettled)
        {
            return Task.CompletedTask;
        }

        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var settled = Interlocked.CompareExchange(ref _settled, mine, null) ?? mine;
        return IsSettled ? Task.CompletedTask : settled.Task;
    }
}
