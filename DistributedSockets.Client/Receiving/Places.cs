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

    /// <summary>The rooms that this device has a place in.</summary>
    public IReadOnlyList<string> Rooms
    {
        get
        {
            lock (_gate)
            {
                return [.. _rooms.Keys];
            }
        }
    }

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

    /// <summary>A message of one's own has that place in a room; nothing where the room was left meanwhile.</summary>
    public void Reach(string room, long seq)
    {
        lock (_gate)
        {
            _rooms.GetValueOrDefault(room)?.Reach(seq);
        }
    }

    public void Leave(string room)
    {
        lock (_gate)
        {
            _rooms.Remove(room);
        }
    }

    /// <summary>An acknowledgement that is due, as a command of at most so many bytes; null where there is none.</summary>
    public byte[]? TryTell(int most)
    {
        if (TryTell(Inbox, null, most) is { } ofInbox)
        {
            return ofInbox;
        }

        lock (_gate)
        {
            foreach (var (room, place) in _rooms)
            {
                if (TryTell(place, room, most) is { } ofRoom)
                {
                    return ofRoom;
                }
            }
        }

        return null;
    }

    private static byte[]? TryTell(Place place, string? room, int most)
    {
        if (!place.IsDue(out var seq) || FrameWriter.Acknowledge(room, seq) is not { } command || command.Length > most)
        {
            return null;
        }

        place.Tell(seq);
        return command;
    }
}
