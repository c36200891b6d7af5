// Who on this node is shown what becomes of the members of which rooms. How the members are read: RoomWatch.Reading.cs.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// Who on this node is shown what becomes of the members of which rooms. A room is watched once for all of them: they are shown the same differences, at most one a second.
/// </summary>
internal sealed partial class RoomWatch(
    PresenceWatch users, WatchKeeper keeper, IMembership membership, RoomFeeds feeds, NodeMetrics metrics, IOptions<SocketNodeOptions> options, TimeProvider time, ILogger<RoomWatch> logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Held while something is shown, so that whoever watches sees one order. Taken before the lock of <see cref="PresenceWatch"/>, never within it.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<RoomId, WatchedRoom> _rooms = [];

    private int MostMembers => options.Value.Limits.PresenceRoomMembers;

    /// <summary>Adds a room to those that somebody watches. They are shown nothing before <see cref="AnswerAsync"/>, also where they watch it already.</summary>
    /// <returns>False when it would be more than <paramref name="most"/>, and nothing was done.</returns>
    public bool TryAdd(RoomWatcher watcher, RoomId room, int most)
    {
        lock (_gate)
        {
            if (!watcher.Rooms.Contains(room) && watcher.Rooms.Count >= most)
            {
                return false;
            }

            if (!_rooms.TryGetValue(room, out var watched))
            {
                _rooms.Add(room, watched = new WatchedRoom(room, users));
            }

            watcher.Rooms.Add(room);
            watched.Watchers[watcher] = false;
            return true;
        }
    }

    /// <summary>Shows a watcher who of a room's members is online; from here on differences follow. A long answer goes at the reader's pace.</summary>
    /// <param name="whenRoom">Completes when more may be shown.</param>
    public async Task<RoomAnswer> AnswerAsync(RoomWatcher watcher, RoomId room, string? id, Func<Task> whenRoom)
    {
        if (Find(watcher, room) is not { } watched)
        {
            return RoomAnswer.Ended;
        }

        await ReadFirstAsync(watched);
        if (watched.IsTooLarge)
        {
            return RoomAnswer.TooLarge;
        }

        var shown = Begin(watched);
        var parts = RoomPicture.Split(shown.Members);
        foreach (var part in parts.SkipLast(1))
        {
            watcher.Show(new Push.RoomPresence(room, part, shown.Count, More: true, id));

            // Never within the lock of whoever makes room.
            await whenRoom().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        lock (_gate)
        {
            if (!watched.Watchers.ContainsKey(watcher))
            {
                return RoomAnswer.Ended;
            }

            watched.Watchers[watcher] = true;
            watcher.Show(new Push.RoomPresence(room, parts[^1], shown.Count, More: false, id));
            if (watched.Picture.Since(shown) is { } meanwhile)
            {
                watcher.Show(new Push.RoomPresenceChange(room, meanwhile));
            }

            return RoomAnswer.Shown;
        }
    }

    public void Remove(RoomWatcher watcher, RoomId room)
    {
        lock (_gate)
        {
            if (watcher.Rooms.Remove(room))
            {
                _rooms[room].Watchers.Remove(watcher);
            }
        }
    }

    public void Remove(RoomWatcher watcher)
    {
        lock (_gate)
        {
            foreach (var room in watcher.Rooms.ToList())
            {
                Remove(watcher, room);
            }
        }
    }

    /// <summary>One clock for all: shows what is due, reads what has changed, and lets go of what nobody watches any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var left in Turn())
            {
                left.Members.Dispose();
                if (left.Feed is { } feed)
                {
                    feeds.Release(feed);
                }
            }
        }
    }

    /// <returns>What nobody watches any more; it is forgotten.</returns>
    private List<WatchedRoom> Turn()
    {
        lock (_gate)
        {
            foreach (var watched in _rooms.Values)
            {
                ReadIfStale(watched);
                ShowIfDue(watched);
            }

            var left = _rooms.Values.Where(watched => watched.Watchers.Count == 0 && watched.Reading is null).ToList();
            left.ForEach(watched => _rooms.Remove(watched.Room));
            return left;
        }
    }

    private void ShowIfDue(WatchedRoom watched)
    {
        if (watched.Picture.HasNews && watched.Watchers.ContainsValue(true) && IsPast(watched.ShownAt) && watched.Picture.TakeNews() is { } news)
        {
            watched.ShownAt = time.GetTimestamp();
            Show(watched, new Push.RoomPresenceChange(watched.Room, news));
        }
    }

    /// <summary>To all who have been answered. Whoever is shown something may end here and now.</summary>
    private static void Show(WatchedRoom watched, Push push)
    {
        foreach (var (watcher, _) in watched.Watchers.Where(watcher => watcher.Value).ToList())
        {
            watcher.Show(push);
        }
    }

    private RoomPresent Begin(WatchedRoom watched)
    {
        lock (_gate)
        {
            if (!watched.Watchers.ContainsValue(true))
            {
                watched.Picture.Settle();
            }

            return watched.Picture.Shown;
        }
    }

    private WatchedRoom? Find(RoomWatcher watcher, RoomId room)
    {
        lock (_gate)
        {
            return watcher.Rooms.Contains(room) ? _rooms[room] : null;
        }
    }

    private bool IsPast(long? at) => at is not { } then || time.GetElapsedTime(then) >= Pace;
}

/// <summary>What became of the question who of a room's members is online.</summary>
internal enum RoomAnswer
{
    Shown,

    /// <summary>The watcher has been taken out of the room meanwhile.</summary>
    Ended,

    /// <summary>The room has more members than may be watched.</summary>
    TooLarge,
}
