// What arrives before what comes before it: waits for a moment, then the log is asked.
namespace DistributedSockets.SocketNode.Rooms;

internal sealed partial class RoomFeed
{
    /// <summary>Entries that wait behind a hole; more are read from the log.</summary>
    private const int MaxWaiting = 256;

    /// <summary>Two nodes that send to a room at the same time often overtake each other, by far less than this.</summary>
    private static readonly TimeSpan HoleWait = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<long, LogEntry> _waiting = [];
    private bool _isFilling;

    /// <summary>Somebody has told of another life of the log.</summary>
    private bool _mustAsk;

    /// <summary>The caller holds the gate, as in all that follows.</summary>
    private void TakeStored(LogEntry entry)
    {
        if (_attached.Count == 0 || entry.Rseq <= _emitted)
        {
            return;
        }

        if (entry.Rseq == _emitted + 1)
        {
            Emit(entry);
            _emitted = entry.Rseq;
            EmitWaiting();
        }
        else if (_waiting.Count < MaxWaiting)
        {
            _waiting[entry.Rseq] = entry;
        }
    }

    private void EmitWaiting()
    {
        while (_waiting.Count > 0 && _waiting.First() is var (rseq, entry) && rseq <= _emitted + 1)
        {
            _waiting.Remove(rseq);
            if (rseq > _emitted)
            {
                Emit(entry);
                _emitted = rseq;
            }
        }
    }

    /// <summary>The log reaches that far. In another life than is known, whoever says so may be late: the log is asked.</summary>
    private void Hear(LogEnd end)
    {
        if (_end.Epoch is null)
        {
            _end = end;
        }
        else if (end.Epoch == _end.Epoch)
        {
            _end = _end with { Rseq = Math.Max(_end.Rseq, end.Rseq) };
        }

        _mustAsk |= end.Epoch != _end.Epoch;
        FillIfMissing();
    }

    private void FillIfMissing()
    {
        if (_attached.Count > 0 && !_isFilling && (_mustAsk || _end.Rseq > _emitted))
        {
            _isFilling = true;

            // Owned by nobody's await, ended by itself: when nothing is missing, nobody is attached, or the node stops.
            _ = FillAsync();
        }
    }

    private async Task FillAsync()
    {
        try
        {
            await Task.Delay(HoleWait, time, ending);
            while (IsMissing(out var after, out var heard))
            {
                try
                {
                    Fill(heard, await log.ReadAsync(room, after, reader: null, ending));
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // Also a defect: the room must not stand still for it.
                    LogNotRead(exception, room);
                    AskAgain();
                    await Task.Delay(RetryDelay, time, ending);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private void AskAgain()
    {
        lock (_gate)
        {
            _mustAsk = true;
        }
    }

    private bool IsMissing(out long after, out LogEnd heard)
    {
        lock (_gate)
        {
            (after, heard) = (_emitted, _end);
            _isFilling = _attached.Count > 0 && (_mustAsk || _end.Rseq > _emitted);
            _mustAsk = false;
            return _isFilling;
        }
    }

    private void Fill(LogEnd heard, LogPage page)
    {
        lock (_gate)
        {
            if (page.End.Epoch != _end.Epoch || (heard.Epoch == _end.Epoch && page.End.Rseq < heard.Rseq))
            {
                StartAnew(page.End);
                return;
            }

            if (page.First > _emitted + 1)
            {
                // What was missing is gone: whoever begins anew is told so.
                StartAnew(page.End);
                return;
            }

            foreach (var entry in page.Entries.Where(entry => entry.Rseq > _emitted))
            {
                Emit(entry);
            }

            _emitted = Math.Max(_emitted, page.Through);
            _end = _end with { Rseq = Math.Max(_end.Rseq, page.End.Rseq) };
            EmitWaiting();
        }
    }

    [LoggerMessage(9001, LogLevel.Warning, "What is missing of room {Room} could not be read; tried again")]
    private partial void LogNotRead(Exception exception, RoomId room);
}
