// One connection's stream: what comes from the inbox and what comes live, in one order.
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
    private const int PageSize = 100;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

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

    private void StartReplay(bool fromCursor)
    {
        // The task must be known before its first step can end it.
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _replaying = Running = ReplayAsync(fromCursor, begun.Task);
        begun.SetResult();
    }

    private async Task ReplayAsync(bool fromCursor, Task begun)
    {
        await begun;
        try
        {
            if (fromCursor)
            {
                var start = await UntilAvailableAsync(() => inbox.ReadCursorAsync(session.User, session.Device, closing));
                Advance(start);
            }

            await ReadToEndAsync();
            for (var obstacle = TryGoLive(); obstacle != Obstacle.None; obstacle = TryGoLive())
            {
                // For want of room nothing is read: what was stored later would come before what still waits.
                await (obstacle == Obstacle.NoRoom ? queue.WaitForRoomAsync(closing) : ReadToEndAsync());
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The connection is closing: what was not written stays in the inbox.
        }
    }

    private async Task ReadToEndAsync()
    {
        for (var atEnd = false; !atEnd;)
        {
            var page = await UntilAvailableAsync(() => inbox.ReadAsync(session.User, _cursor, PageSize, closing));
            foreach (var envelope in page.Envelopes)
            {
                while (!queue.TryEnqueue(envelope))
                {
                    await queue.WaitForRoomAsync(closing);
                }

                Advance(envelope.Seq);
            }

            atEnd = page.AtEnd;
        }
    }

    /// <summary>Puts behind the inbox what has waited, up to what stands in the way.</summary>
    private Obstacle TryGoLive()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var envelope))
            {
                if (envelope.Seq > _cursor + 1 && envelope.Seq != _soughtBefore)
                {
                    // What lies before a hint was stored before it: one more reading finds it, or nobody ever will.
                    _soughtBefore = envelope.Seq;
                    return Obstacle.NotRead;
                }

                if ((!envelope.IsHint || envelope.Seq > _cursor) && !queue.TryEnqueue(envelope))
                {
                    return Obstacle.NoRoom;
                }

                _waiting.Dequeue();
                _cursor = Math.Max(_cursor, envelope.Seq);
            }

            if (_overflowed)
            {
                _overflowed = false;
                return Obstacle.NotRead;
            }

            _replaying = null;
            return Obstacle.None;
        }
    }

    private void Advance(long seq)
    {
        lock (_gate)
        {
            _cursor = Math.Max(_cursor, seq);
        }
    }

    private async Task<T> UntilAvailableAsync<T>(Func<Task<T>> read)
    {
        while (true)
        {
            try
            {
                return await read();
            }
            catch (InboxUnavailableException exception)
            {
                LogInboxUnavailable(exception, session.Connection);
                await Task.Delay(RetryDelay, time, closing);
            }
        }
    }

    private enum Obstacle
    {
        None,

        /// <summary>The send queue is full.</summary>
        NoRoom,

        /// <summary>The inbox has something that was not read yet.</summary>
        NotRead,
    }

    [LoggerMessage(5001, LogLevel.Warning, "The inbox could not be read for connection {ConnectionId}; trying again")]
    private partial void LogInboxUnavailable(Exception exception, ConnectionId connectionId);
}
