// A replay: the inbox to its end, then what has waited behind it.
using DistributedSockets.Protocol;
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
            for (var obstacle = Begin(fromCursor); obstacle != Obstacle.None; obstacle = TryGoLive())
            {
                // For want of room nothing is read: what was stored later would come before what still waits.
                await (obstacle switch
                {
                    Obstacle.NoRoom => WhenRoomAsync(),
                    Obstacle.NotBegun => ReadFromCursorAsync(),
                    Obstacle.GoneBack => BeginAgainAsync(),
                    _ => ReadToEndAsync(),
                });
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The connection is closing: what was not written stays in the inbox.
        }
        catch (Exception exception)
        {
            // A defect. Nobody else hears of it, and what waits here would wait for ever.
            LogBroken(exception, session.User, session.Connection);
            close(CloseReason.Broken);
        }
    }

    private Obstacle Begin(bool fromCursor)
    {
        lock (_gate)
        {
            return _isGoneBack ? Obstacle.GoneBack : fromCursor ? Obstacle.NotBegun : Obstacle.NotRead;
        }
    }

    private async Task ReadFromCursorAsync()
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

        await ReadToEndAsync();
    }

    /// <summary>
    /// The inbox has gone back in time. Nobody else may know: first it gets another epoch, so that no device goes on counting in this one. Then a client that counts has
    /// to say hello again, and another one is sent what its cursor leads to.
    /// </summary>
    private async Task BeginAgainAsync()
    {
        LogGoneBack(session.User, session.Connection);
        if (_epoch is { } epoch)
        {
            await UntilAvailableAsync(async () => await inbox.RenewEpochAsync(session.User, epoch, closing));
        }

        if (_clientCounts)
        {
            close(CloseReason.InboxReset);
            closing.ThrowIfCancellationRequested();
        }

        lock (_gate)
        {
            Forget();
            (_epoch, _isGoneBack) = (null, false);
        }

        await ReadFromCursorAsync();
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
                    await WhenRoomAsync();
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

    /// <summary>Puts behind the inbox what has waited, up to what stands in the way.</summary>
    private Obstacle TryGoLive()
    {
        lock (_gate)
        {
            if (_isGoneBack)
            {
                return Obstacle.GoneBack;
            }

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

                if (envelope.IsHint && envelope.Seq <= _cursor)
                {
                    _waiting.Dequeue();
                    if (IsReused(envelope))
                    {
                        _isGoneBack = true;
                        return Obstacle.GoneBack;
                    }

                    onLateHint(envelope);
                    continue;
                }

                if (!tryEnqueue(envelope))
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

    private async Task WhenRoomAsync()
    {
        await whenRoomAsync(closing);
        await WhenFreshAsync();
    }

    /// <summary>A process that slept past its lease may have been replaced. If so, it ends here: the connection is closed before anybody is told that it may go on.</summary>
    private async ValueTask WhenFreshAsync()
    {
        await status.WhenFreshAsync(closing);
        closing.ThrowIfCancellationRequested();
    }

    private async Task<T> UntilAvailableAsync<T>(Func<Task<T>> read)
    {
        while (true)
        {
            try
            {
                var answer = await read();
                await WhenFreshAsync();
                return answer;
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

        /// <summary>Where to read from is not known yet.</summary>
        NotBegun,

        /// <summary>The send queue is full.</summary>
        NoRoom,

        /// <summary>The inbox has something that was not read yet.</summary>
        NotRead,

        /// <summary>A seq that was sent has been given out again.</summary>
        GoneBack,
    }

    [LoggerMessage(5003, LogLevel.Warning, "The inbox of user {UserId} has gone back in time, as connection {ConnectionId} shows: it gets another epoch, and its devices begin anew")]
    private partial void LogGoneBack(UserId userId, ConnectionId connectionId);

    [LoggerMessage(5005, LogLevel.Error, "A defect: the inbox of user {UserId} could not be sent to connection {ConnectionId}; closing it")]
    private partial void LogBroken(Exception exception, UserId userId, ConnectionId connectionId);

    [LoggerMessage(5001, LogLevel.Warning, "The inbox could not be read for connection {ConnectionId}; trying again")]
    private partial void LogInboxUnavailable(Exception exception, ConnectionId connectionId);
}
