// A replay: the inbox to its end, then what has waited behind it.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InboxReplay
{
    private const int PageSize = 100;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

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
                await FindStartAsync();
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

    private async Task FindStartAsync()
    {
        var restarts = Volatile.Read(ref _restarts);
        var start = await UntilAvailableAsync(() => inbox.ReadCursorAsync(session.User, session.Device, closing));
        lock (_gate)
        {
            if (_restarts == restarts)
            {
                (_cursor, _epoch) = (Math.Max(_cursor, start.Seq), start.Epoch);
            }
        }
    }

    private async Task ReadToEndAsync()
    {
        for (var atEnd = false; !atEnd;)
        {
            var restarts = Volatile.Read(ref _restarts);
            var page = await UntilAvailableAsync(() => inbox.ReadAsync(session.User, Sent, PageSize, closing));
            atEnd = page.AtEnd;
            RestartIfAnother(page, restarts);
            foreach (var envelope in page.Envelopes)
            {
                while (_restarts == restarts && !tryEnqueue(envelope))
                {
                    await queue.WaitForRoomAsync(closing);
                }

                if (!TryAdvance(envelope, restarts))
                {
                    // The inbox is another one since this was read.
                    atEnd = false;
                    break;
                }
            }
        }
    }

    /// <summary>A page may show that the inbox is another one by now. A client that counts is left to the catch-up, which closes it: what it acknowledges is worth nothing.</summary>
    private void RestartIfAnother(InboxPage page, int restarts)
    {
        lock (_gate)
        {
            if (!_clientCounts && _restarts == restarts && _epoch is not null && page.Envelopes is [var first, ..] && first.Epoch != _epoch)
            {
                CatchUp(new InboxEnd(first.Seq, first.Epoch), sentBefore: 0);
            }
        }
    }

    /// <summary>Puts behind the inbox what has waited, up to what stands in the way.</summary>
    private Obstacle TryGoLive()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var envelope))
            {
                if (envelope.IsHint && _epoch is not null && envelope.Epoch != _epoch)
                {
                    // Came before it was known where to begin. What is left of that life of the inbox has been read; in this one the number is another message's.
                    _waiting.Dequeue();
                    continue;
                }

                if (envelope.Seq > _cursor + 1 && envelope.Seq != _soughtBefore)
                {
                    // What lies before a hint was stored before it: one more reading finds it, or nobody ever will.
                    _soughtBefore = envelope.Seq;
                    return Obstacle.NotRead;
                }

                if ((!envelope.IsHint || envelope.Seq > _cursor) && !tryEnqueue(envelope))
                {
                    return Obstacle.NoRoom;
                }

                _waiting.Dequeue();
                Advance(envelope);
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

    private bool TryAdvance(Envelope envelope, int restarts)
    {
        lock (_gate)
        {
            if (_restarts == restarts)
            {
                Advance(envelope);
            }

            return _restarts == restarts;
        }
    }

    private void Advance(Envelope envelope)
    {
        if (envelope.Seq > _cursor)
        {
            (_cursor, _last) = (envelope.Seq, envelope.Id);
            _epoch ??= envelope.Epoch;
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
