// One connection's stream: what comes from the inbox and what comes live, in one order. The reading: InboxReplay.Reading.cs.
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// One connection's stream: what comes from the inbox and what comes live, in one order. While <em>replaying</em>, live arrivals wait behind the
/// inbox, at most <see cref="MaxWaiting"/>; when more come, stored ones are read from the inbox instead and fast ones are refused, so that the router stores them.
/// </summary>
internal sealed partial class InboxReplay(IInbox inbox, Session session, SendQueue queue, TimeProvider time, ILogger logger, CancellationToken closing)
{
    public const int MaxWaiting = 256;

    private readonly Lock _gate = new();
    private readonly Queue<Envelope> _waiting = new();

    /// <summary>The seq of the last stored message that was put into the send queue.</summary>
    private long _cursor;

    /// <summary>The run that is under way; null when live. Live arrivals wait from the beginning, even before <see cref="Start"/>.</summary>
    private Task? _replaying = Task.CompletedTask;

    /// <summary>The life of the inbox that <see cref="_cursor"/> counts in; null before it was told.</summary>
    private string? _epoch;

    /// <summary>The hint for whose predecessors the inbox has been read once more.</summary>
    private long _soughtBefore;

    /// <summary>Something did not fit into the waiting queue: it has to be read from the inbox before anything fast is taken again.</summary>
    private bool _overflowed;

    /// <summary>The run that is under way or has ended last, for the connection to await when it closes.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// So much waits behind the inbox that who can wait should, until <see cref="Running"/> has ended. What is refused instead is stored, and could be read before what
    /// still waits here.
    /// </summary>
    public bool IsCongested
    {
        get
        {
            lock (_gate)
            {
                return _overflowed || _waiting.Count > MaxWaiting / 2;
            }
        }
    }

    /// <summary>Begins with what the device has not acknowledged.</summary>
    public void Start()
    {
        lock (_gate)
        {
            StartReplay(fromCursor: true);
        }
    }

    /// <summary>The inbox is known to reach up to <paramref name="end"/>: reads on if this connection has not come that far, and anew if it is another inbox by now.</summary>
    public void CatchUp(InboxEnd end)
    {
        lock (_gate)
        {
            var isAnother = _epoch is null ? end.Seq < _cursor : end.Epoch != _epoch;
            _epoch = end.Epoch;
            if (isAnother)
            {
                // The store was wiped: its numbers begin at 1 again, and what is new must not pass for something already seen.
                _cursor = 0;
            }

            if (_replaying is not null)
            {
                _overflowed |= isAnother;
            }
            else if (end.Seq > _cursor)
            {
                StartReplay(fromCursor: isAnother);
            }
        }
    }

    /// <summary>Takes a live arrival. False: not taken, nothing of it remains here.</summary>
    /// <param name="slow">The send queue is full: the connection should be closed.</param>
    public bool TryTake(Envelope envelope, out bool slow)
    {
        lock (_gate)
        {
            slow = false;
            if (envelope.IsHint && envelope.Seq <= _cursor)
            {
                return true;
            }

            if (_replaying is not null)
            {
                return TryWait(envelope);
            }

            if (envelope.Seq > _cursor + 1)
            {
                // Something stored before it has not arrived: a lost hint, or an expired entry. The inbox knows.
                _waiting.Enqueue(envelope);
                StartReplay(fromCursor: false);
                return true;
            }

            if (!queue.TryEnqueue(envelope))
            {
                slow = true;
                return false;
            }

            _cursor = Math.Max(_cursor, envelope.Seq);
            return true;
        }
    }

    private bool TryWait(Envelope envelope)
    {
        if (_waiting.Count < MaxWaiting && !_overflowed)
        {
            _waiting.Enqueue(envelope);
            return true;
        }

        _overflowed = true;
        return envelope.IsHint;
    }
}
