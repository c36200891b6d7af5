// What a connection reads of the logs of its rooms: one room after the other, until it has come to the end of each.
using System.Buffers;

namespace DistributedSockets.SocketNode.Rooms;

internal sealed partial class ConnectionRooms
{
    private readonly Queue<RoomSeat> _unread = new();
    private Task _replaying = Task.CompletedTask;
    private bool _isReplaying;

    private void Replay(RoomSeat seat)
    {
        lock (_gate)
        {
            _unread.Enqueue(seat);
            if (_isReplaying)
            {
                return;
            }

            _isReplaying = true;
            _replaying = Task.Run(ReplayAsync);
        }
    }

    private async Task ReplayAsync()
    {
        try
        {
            while (TryTakeUnread(out var seat))
            {
                await ReplayAsync(seat);
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The connection ends, and with it its places.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private async Task ReplayAsync(RoomSeat seat)
    {
        var frame = new ArrayBufferWriter<byte>();
        while (HasMore(seat))
        {
            await connection.WhenQueueHasRoomAsync(closing);
            var heard = seat.Feed.End;
            var page = await services.Log.ReadAsync(seat.Feed.Room, seat.Sent, (connection.User, connection.Session.Device), closing);
            if (page.End.Epoch != seat.Epoch || page.End.Rseq < seat.Sent || page.First > seat.Sent + 1)
            {
                // Another life of the log, or what it had to read is gone: the client is told.
                Restart(seat);
                return;
            }

            if (!TryDeliver(seat, page, frame))
            {
                return;
            }

            seat.Feed.CatchUp(page.End, heard);
        }
    }

    /// <summary>False: it is attached now, or the connection is not in the room any more.</summary>
    private bool HasMore(RoomSeat seat)
    {
        lock (_taking)
        {
            return Find(seat.Feed.Room) == seat && !seat.Feed.TryAttach(seat);
        }
    }

    private bool TryDeliver(RoomSeat seat, LogPage page, ArrayBufferWriter<byte> frame)
    {
        lock (_taking)
        {
            if (Find(seat.Feed.Room) != seat)
            {
                return false;
            }

            foreach (var entry in page.Entries)
            {
                frame.ResetWrittenCount();
                RoomPush.Write(frame, seat.Feed.Room, entry, seat.IsRedelivered(entry));
                if (!connection.TryDeliver(frame.WrittenSpan))
                {
                    return false;
                }

                seat.Sent = entry.Rseq;
            }

            seat.Sent = Math.Max(seat.Sent, page.Through);
            return true;
        }
    }

    private bool TryTakeUnread(out RoomSeat seat)
    {
        lock (_gate)
        {
            _isReplaying = _unread.TryDequeue(out seat!) && !closing.IsCancellationRequested;
            return _isReplaying;
        }
    }
}
