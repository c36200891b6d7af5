// The device's places: one in the inbox, one in each room.
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client.Receiving;

internal sealed class Places
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Place> _rooms = [];
    private readonly Action _moved;

    public Places(Action moved, Action inboxMoved)
    {
        _moved = moved;
        Inbox = new Place(inboxMoved);
    }

    public Place Inbox { get; }

    public Place Room(string room)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(room, out var place))
            {
                _rooms.Add(room, place = new Place(_moved));
            }

            return place;
        }
    }

    public void Leave(string room)
    {
        lock (_gate)
        {
            _rooms.Remove(room);
        }
    }

    /// <summary>An acknowledgement that is due, as a command.</summary>
    public byte[]? TryTell()
    {
        if (Inbox.TryTell(out var seq))
        {
            return FrameWriter.Acknowledge(null, seq);
        }

        lock (_gate)
        {
            foreach (var (room, place) in _rooms)
            {
                if (place.TryTell(out seq))
                {
                    return FrameWriter.Acknowledge(room, seq);
                }
            }
        }

        return null;
    }
}
