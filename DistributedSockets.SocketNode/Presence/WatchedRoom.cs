// A room whose members somebody on this node watches, and one who watches.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>A room whose members somebody on this node watches. Everything but the picture is <see cref="RoomWatch"/>'s, under its lock.</summary>
internal sealed class WatchedRoom
{
    public WatchedRoom(RoomId room, PresenceWatch users)
    {
        Room = room;
        Members = new PresenceWatcher(users, Picture.Take);
    }

    public RoomId Room { get; }

    public RoomPicture Picture { get; } = new();

    /// <summary>Watches the members, once for all who watch the room.</summary>
    public PresenceWatcher Members { get; }

    /// <summary>Who watches, and whether they have been answered: differences are for who has.</summary>
    public Dictionary<RoomWatcher, bool> Watchers { get; } = [];

    /// <summary>What makes this node hear of changes; null before the first reading.</summary>
    public RoomFeed? Feed { get; set; }

    /// <summary>The reading of the list of members that is under way; null for none.</summary>
    public Task? Reading { get; set; }

    public long ReadAt { get; set; }

    /// <summary>Of the list that was read last; null before the first reading has ended.</summary>
    public MembersVersion? Version { get; set; }

    /// <summary>The list may have changed since.</summary>
    public bool IsStale { get; set; }

    /// <summary>It has more members than may be watched.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>When a difference was shown last; null for never.</summary>
    public long? ShownAt { get; set; }
}

/// <summary>One who is shown what becomes of the members of some rooms, until disposed.</summary>
/// <param name="show">Called under a lock: it must not wait.</param>
internal sealed class RoomWatcher(RoomWatch watch, Action<Push> show) : IDisposable
{
    /// <summary>What it watches; changed by <see cref="RoomWatch"/> only.</summary>
    public HashSet<RoomId> Rooms { get; } = [];

    public void Show(Push push) => show(push);

    /// <summary>The room is not watched any more; nothing of it is shown after that.</summary>
    public void End(RoomId room) => watch.Remove(this, room);

    public void EndAll() => watch.Remove(this);

    public void Dispose() => EndAll();
}
