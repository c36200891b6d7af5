// One room on this node: puts what arrives into the order of the log and hands it to all connections that have come that far. Holes: RoomFeed.Holes.cs.
using System.Buffers;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// One room on this node. Messages come from here, from other nodes, and where something is missing from the log; connections that have read up to the end of the log are
/// <em>attached</em>, and get each of them once, in the order of the log. Each is encoded once for all of them.
/// </summary>
/// <param name="restart">Makes a connection begin anew in the room, since the log has another life. Must not wait.</param>
internal sealed partial class RoomFeed(RoomId room, IRoomLog log, Action<RoomSeat> restart, TimeProvider time, ILogger logger, CancellationToken ending)
{
    private readonly Lock _gate = new();
    private readonly HashSet<RoomSeat> _attached = [];
    private readonly ArrayBufferWriter<byte> _frame = new();

    /// <summary>How far the log is known to reach.</summary>
    private LogEnd _end;

    /// <summary>Up to where the attached connections have everything; without any it means nothing.</summary>
    private long _emitted;

    public RoomId Room => room;

    /// <summary>How far the log is known to reach.</summary>
    public LogEnd End
    {
        get
        {
            lock (_gate)
            {
                return _end;
            }
        }
    }

    /// <summary>Takes what was sent to the room, here or on another node.</summary>
    public void Take(RoomBatch batch)
    {
        lock (_gate)
        {
            foreach (var entry in batch.Entries)
            {
                if (entry.Rseq == 0)
                {
                    Emit(entry);
                }
                else if (batch.End.Epoch == _end.Epoch)
                {
                    TakeStored(entry);
                }
            }

            if (batch.End.Epoch is not null)
            {
                Hear(batch.End);
            }
        }
    }

    /// <summary>Hands to all attached connections something that has no place in the log.</summary>
    public void Show(Action<RoomSeat> show)
    {
        lock (_gate)
        {
            foreach (var seat in _attached)
            {
                show(seat);
            }
        }
    }

    /// <summary>
    /// From here on the connection gets what arrives, and what little has arrived meanwhile is read from the log for all. False: there is more in the log than it has been sent.
    /// </summary>
    public bool TryAttach(RoomSeat seat)
    {
        lock (_gate)
        {
            if (_end.Epoch is not null && _end.Epoch != seat.Epoch)
            {
                return false;
            }

            // It may know more than was heard of so far.
            _end = new LogEnd(Math.Max(_end.Rseq, Math.Max(seat.Sent, seat.BegunAt)), seat.Epoch);
            var isNear = seat.Sent >= seat.BegunAt && _end.Rseq - seat.Sent <= RoomLimits.Page && (_attached.Count == 0 || seat.Sent >= _emitted);
            if (isNear)
            {
                if (_attached.Count == 0)
                {
                    _emitted = seat.Sent;
                    _waiting.Clear();
                }

                _attached.Add(seat);
            }

            FillIfMissing();
            return isNear;
        }
    }

    public void Detach(RoomSeat seat)
    {
        lock (_gate)
        {
            _attached.Remove(seat);
        }
    }

    /// <summary>The log itself says how far it reaches: what is missing is read, and in another life of it everybody begins anew.</summary>
    /// <param name="heard">What <see cref="End"/> was before the log was asked.</param>
    public void CatchUp(LogEnd end, LogEnd heard)
    {
        lock (_gate)
        {
            if (end.Epoch == _end.Epoch && (end.Epoch != heard.Epoch || end.Rseq >= heard.Rseq))
            {
                Hear(end);
            }
            else if (_end.Epoch is not null)
            {
                StartAnew(end);
            }
        }
    }

    /// <summary>Another life of the log, or one that has gone back in time: whoever begins anew with what they have finds out which.</summary>
    private void StartAnew(LogEnd end)
    {
        _end = end;
        _mustAsk = false;
        _waiting.Clear();
        foreach (var seat in _attached)
        {
            restart(seat);
        }

        _attached.Clear();
    }

    /// <summary>Hands an entry to every attached connection that has not got it; the caller holds the gate.</summary>
    private void Emit(LogEntry entry)
    {
        _frame.ResetWrittenCount();
        foreach (var seat in _attached)
        {
            if (entry.Rseq > 0 && entry.Rseq <= seat.Sent)
            {
                continue;
            }

            if (!seat.HasSent(entry))
            {
                if (_frame.WrittenCount == 0)
                {
                    RoomPush.Write(_frame, room, entry, redelivered: false);
                }

                seat.Connection.TryDeliver(_frame.WrittenSpan);
            }

            if (entry.Rseq > 0)
            {
                seat.Sent = entry.Rseq;
            }
        }
    }
}
