// One connection's stream: what comes from the inbox and what comes live, in one order. The reading: InboxReplay.Reading.cs.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// One connection's stream: what comes from the inbox and what comes live, in one order. While <em>replaying</em>, live arrivals wait behind the
/// inbox, at most <see cref="MaxWaiting"/>; when more come, stored ones are read from the inbox instead and fast ones are refused, so that the router stores them.
/// </summary>
/// <param name="tryEnqueue">Puts an envelope into the send queue, or counts it as put where clients of the connection's profile do not get such a thing.</param>
/// <param name="onLateHint">Hears of the hint of a message that the inbox has brought before it.</param>
/// <param name="whenRoomAsync">Completes when the send queue is at most half full.</param>
/// <param name="close">Closes the connection, where nobody waits for an answer that could say so.</param>
internal sealed partial class InboxReplay(
    IInbox inbox, Session session, Func<Envelope, bool> tryEnqueue, Action<Envelope> onLateHint, Func<CancellationToken, Task> whenRoomAsync, Action<CloseReason> close, NodeStatus status, TimeProvider time, ILogger logger, CancellationToken closing)
{
    public const int MaxWaiting = 256;

    private readonly Lock _gate = new();
    private readonly Queue<Envelope> _waiting = new();

    /// <summary>The seq of the last stored message that was put into the send queue.</summary>
    private long _cursor;

    /// <summary>That message, and when the last ones were stored; null while none was sent.</summary>
    private MessageId? _lastId;
    private SentPlaces? _places;

    /// <summary>The run that is under way; null when live. Live arrivals wait from the beginning, even before <see cref="Start"/>.</summary>
    private Task? _replaying = Task.CompletedTask;

    /// <summary>The life of the inbox that <see cref="_cursor"/> counts in; null before it was told.</summary>
    private string? _epoch;

    /// <summary>How often the inbox was found to be another one: what was read before that must not move <see cref="_cursor"/>.</summary>
    private int _restarts;

    /// <summary>The client counts in <see cref="_epoch"/> too: in another life of the inbox it has to say hello again.</summary>
    private bool _clientCounts;

    /// <summary>The hint for whose predecessors the inbox has been read once more.</summary>
    private long _soughtBefore;

    /// <summary>Something did not fit into the waiting queue: it has to be read from the inbox before anything fast is taken again.</summary>
    private bool _overflowed;

    /// <summary>A seq that was sent has been given out again: the store has gone back in time, and what is sent and acknowledged here says nothing until that is put right.</summary>
    private bool _isGoneBack;

    /// <summary>The run that is under way or has ended last, for the connection to await when it closes.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Whether live arrivals go straight to the send queue.</summary>
    public bool IsLive => Volatile.Read(ref _replaying) is null;

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

    /// <summary>The highest seq that was put into the send queue.</summary>
    public long Sent
    {
        get
        {
            lock (_gate)
            {
                return _cursor;
            }
        }
    }

    /// <summary>When the message with that seq was stored, as it was sent; 0 where that is not known any more.</summary>
    public long StoredAt(long seq)
    {
        lock (_gate)
        {
            return _places?.StoredAt(seq) ?? 0;
        }
    }

    /// <summary>What was acknowledged is another message by now: the store has gone back in time.</summary>
    public void NoteGoneBack()
    {
        lock (_gate)
        {
            GoBack();
        }
    }

    /// <summary>Whether what the client acknowledges is what the inbox has at that place.</summary>
    public bool IsSound
    {
        get
        {
            lock (_gate)
            {
                return !_isGoneBack;
            }
        }
    }

    /// <summary>Begins with what the plain connections of the user have not been sent.</summary>
    public void Start()
    {
        lock (_gate)
        {
            StartReplay(fromCursor: true);
        }
    }

    /// <summary>Begins where the client's hello has led to.</summary>
    /// <param name="last">The message at that place, if the client has named it.</param>
    public void StartAfter(long seq, string epoch, MessageId? last)
    {
        lock (_gate)
        {
            _cursor = seq;
            _lastId = last;
            _epoch = epoch;
            _clientCounts = true;
            StartReplay(fromCursor: false);
        }
    }

    /// <summary>
    /// The inbox is known to reach up to <paramref name="end"/>: reads on if this connection has not come that far, and anew if it is another inbox by now, or one that
    /// has gone back in time.
    /// </summary>
    /// <param name="sentBefore">What <see cref="Sent"/> was before the inbox was asked.</param>
    /// <returns>Why the connection has to be closed, or null.</returns>
    public CloseReason? CatchUp(InboxEnd end, long sentBefore)
    {
        lock (_gate)
        {
            // A ds.v1 connection that is just being opened learns its epoch from its hello.
            if (!_clientCounts && session.Device != DeviceId.Plain)
            {
                return null;
            }

            if (end.Seq < sentBefore && end.Epoch == _epoch)
            {
                GoBack();
                return null;
            }

            var isAnother = end.Seq < sentBefore || (_epoch is not null && end.Epoch != _epoch);
            if (isAnother && _clientCounts)
            {
                return CloseReason.InboxReset;
            }

            _epoch = end.Epoch;
            if (isAnother)
            {
                // The store was wiped: its numbers begin at 1 again, and what is new must not pass for something already seen.
                Forget();
            }

            if (_replaying is not null)
            {
                _overflowed |= isAnother;
            }
            else if (end.Seq > _cursor)
            {
                StartReplay(fromCursor: isAnother);
            }

            return null;
        }
    }

    /// <summary>Takes a live arrival. False: not taken, nothing of it remains here.</summary>
    /// <param name="refusal">Why the connection has to be closed, or null.</param>
    public bool TryTake(Envelope envelope, out CloseReason? refusal)
    {
        lock (_gate)
        {
            refusal = null;
            if (envelope.IsHint && _epoch is not null && envelope.Epoch != _epoch)
            {
                // Numbers of another life of the inbox say nothing here: reused ones must not pass for something already seen.
                refusal = CatchUp(new InboxEnd(envelope.Seq, envelope.Epoch), sentBefore: 0);
                return true;
            }

            if (envelope.IsHint && envelope.Seq <= _cursor)
            {
                if (IsReused(envelope))
                {
                    GoBack();
                }
                else
                {
                    onLateHint(envelope);
                }

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

            if (!tryEnqueue(envelope))
            {
                refusal = CloseReason.SlowConsumer;
                return false;
            }

            Advance(envelope);
            return true;
        }
    }

    /// <summary>
    /// Whether a seq that was sent has been given out again: the store has gone back in time without anybody having noticed yet. A hint that is only late was stored
    /// no later than what was sent with its seq or a higher one.
    /// </summary>
    private bool IsReused(Envelope hint) =>
        (hint.Seq == _cursor && _lastId is { } last && hint.Id != last) || _places?.IsReused(hint.Seq, hint.SentAt) == true;

    private void GoBack()
    {
        _isGoneBack = true;
        if (_replaying is null)
        {
            StartReplay(fromCursor: false);
        }
    }

    private void Forget()
    {
        (_cursor, _lastId, _places, _soughtBefore) = (0, null, null, 0);
        _restarts++;
    }

    /// <summary>The envelope is in the send queue; the caller holds the gate.</summary>
    private void Advance(Envelope envelope)
    {
        if (envelope.Seq > _cursor)
        {
            (_cursor, _lastId) = (envelope.Seq, envelope.Id);
            (_places ??= new SentPlaces()).Add(envelope.Seq, envelope.SentAt);
            _epoch ??= envelope.Epoch;
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
