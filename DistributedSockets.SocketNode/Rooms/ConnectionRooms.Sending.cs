// What a connection sends to its rooms, and what it acknowledges there.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

internal sealed partial class ConnectionRooms
{
    /// <summary>Sends a message of this connection; completes when the next one may follow.</summary>
    public ValueTask SendAsync(RoomId room, RoomMessage message, CancellationToken cancellationToken) => SendAsync(new OutgoingMessage(room, message, Tell), cancellationToken);

    /// <summary>Changes a message of this connection's user; completes when the next may follow.</summary>
    public ValueTask ChangeAsync(RoomId room, RoomChange change, CancellationToken cancellationToken) => SendAsync(new OutgoingChange(room, change, Tell), cancellationToken);

    /// <summary>The device has everything of the room up to there. False: more than it was told of.</summary>
    public bool TryAcknowledge(RoomSeat seat, long rseq)
    {
        if (rseq > seat.Known)
        {
            return false;
        }

        // An ack may have told of a number before what lies below it has been sent: the place must not go past that. One's own messages are never sent again.
        _acknowledger.Acknowledge(seat.Feed.Room, new LogEnd(Math.Min(rseq, seat.Sent), seat.Epoch));
        return true;
    }

    private async ValueTask SendAsync(Outgoing message, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        services.Outbox.Send(message);
    }

    private void Tell(Outgoing message, LogPlacement? placement)
    {
        _inFlight.Release();
        if (!message.IsStored)
        {
            return;
        }

        if (placement is { Outcome: LogOutcome.Stored or LogOutcome.Duplicate or LogOutcome.Gone } placed)
        {
            Find(message.Room)?.NoteOwn(placed.Rseq);
            connection.Send(new Push.RoomAck(message.ClientId, placed));
            return;
        }

        var (code, reason) = placement?.Outcome switch
        {
            LogOutcome.IdReused => (ErrorCode.IdReused, "this id was used for something else in this room; nothing was stored. Ids must be unique, such as UUIDs"),
            LogOutcome.NoSuchMessage => (ErrorCode.NoSuchMessage, "there is no such message in the room, or not any more"),
            LogOutcome.NotYours => (ErrorCode.Forbidden, "somebody else has sent this message"),
            LogOutcome.TooManyEdits => (ErrorCode.LimitReached, "the message was edited too often"),
            _ => (ErrorCode.Unavailable, "the store does not answer: whether it was stored is not known; send it again with the same id"),
        };
        if (code == ErrorCode.LimitReached)
        {
            services.Metrics.LimitReached(LimitNames.EditsPerMessage);
        }

        connection.Send(new Push.Error(code, reason, message.ClientId, placement is null ? Push.RetryAfter : null)
        {
            Limit = code == ErrorCode.LimitReached ? LimitNames.EditsPerMessage : null,
        });
    }
}
