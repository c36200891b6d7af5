// How the members of watched rooms are read: when somebody begins to watch, when a change is told, and when one may not have been.
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Presence;

internal sealed partial class RoomWatch
{
    /// <summary>Members that one call reads.</summary>
    private const int PageSize = 1000;

    /// <summary>The members of the room are others now.</summary>
    public void Hear(RoomId room)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(room, out var watched))
            {
                watched.IsStale = true;
            }
        }
    }

    /// <summary>Looks whether a change of what is watched among these rooms was missed.</summary>
    public async Task CheckAsync(IEnumerable<RoomId> rooms, CancellationToken cancellationToken)
    {
        List<WatchedRoom> watched;
        lock (_gate)
        {
            watched = [.. rooms.Select(room => _rooms.GetValueOrDefault(room)).OfType<WatchedRoom>().Where(one => one.Version is not null)];
        }

        var versions = watched.Count == 0 ? [] : await membership.ReadVersionsAsync([.. watched.Select(one => one.Room)], cancellationToken);
        lock (_gate)
        {
            foreach (var (one, version) in watched.Zip(versions))
            {
                one.IsStale |= one.Version != version;
            }
        }
    }

    private Task ReadFirstAsync(WatchedRoom watched)
    {
        lock (_gate)
        {
            return watched.Version is not null ? Task.CompletedTask : BeginReading(watched);
        }
    }

    private void ReadIfStale(WatchedRoom watched)
    {
        if (watched is { IsStale: true, Version: not null, Reading: null, Watchers.Count: > 0 } && IsPast(watched.ReadAt))
        {
            // Owned by nobody's await, ended by itself; what fails is read again in a second.
            _ = RefreshAsync(BeginReading(watched), watched.Room);
        }
    }

    /// <summary>Never within the caller's lock. One at a time for a room.</summary>
    private Task BeginReading(WatchedRoom watched) => watched.Reading ??= Task.Run(() => ReadAsync(watched));

    private async Task RefreshAsync(Task reading, RoomId room)
    {
        try
        {
            await reading;
        }
        catch (Exception exception) when (exception is RoomsUnavailableException or RegistryUnavailableException)
        {
            LogNotRead(exception, room);
        }
        catch (Exception exception)
        {
            LogBroken(exception, room);
        }
    }

    private async Task ReadAsync(WatchedRoom watched)
    {
        try
        {
            watched.Feed ??= await feeds.AcquireAsync(watched.Room, late: () => Hear(watched.Room));
            lock (_gate)
            {
                // What changes from here on is told anew.
                watched.IsStale = false;
            }

            var (members, version) = await ListAsync(watched.Room);
            if (members is not null)
            {
                await FollowAsync(watched, members);
            }

            lock (_gate)
            {
                watched.Version = version;
                watched.IsTooLarge = members is null;
                EndIfTooLarge(watched);
            }
        }
        catch
        {
            lock (_gate)
            {
                watched.IsStale = true;
            }

            throw;
        }
        finally
        {
            lock (_gate)
            {
                (watched.Reading, watched.ReadAt) = (null, time.GetTimestamp());
            }
        }
    }

    /// <summary>All members; null where they are too many to be watched.</summary>
    public async Task<(List<UserId>? Members, MembersVersion Version)> ListAsync(RoomId room)
    {
        var members = new List<UserId>();
        while (true)
        {
            var page = await membership.ListAsync(room, members.Count == 0 ? null : members[^1], PageSize, CancellationToken.None);
            if (page.Count > MostMembers)
            {
                return (null, page.Version);
            }

            members.AddRange(page.Members.Select(member => member.User));
            if (page.AtEnd || page.Members.Count == 0)
            {
                return (members, page.Version);
            }
        }
    }

    /// <summary>Watches exactly these members.</summary>
    private async Task FollowAsync(WatchedRoom watched, List<UserId> members)
    {
        watched.Picture.SetMembers(members);
        users.Remove(watched.Members, [.. watched.Members.Users.Except(members)]);
        var added = users.TryAdd(watched.Members, members, int.MaxValue)!;
        try
        {
            users.Answer(watched.Members, await keeper.WatchAsync(added, CancellationToken.None), watched.Picture.Take);
        }
        catch
        {
            users.Remove(watched.Members, added);
            throw;
        }
    }

    /// <summary>Who is shown the room already can't be shown it any longer; who waits for the answer gets none.</summary>
    private void EndIfTooLarge(WatchedRoom watched)
    {
        if (watched.IsTooLarge)
        {
            foreach (var (watcher, _) in watched.Watchers.Where(watcher => watcher.Value).ToList())
            {
                Remove(watcher, watched.Room);
                metrics.LimitReached(LimitNames.PresenceRoomMembers);
                watcher.Show(new Push.RoomPresenceEnded(watched.Room));
            }
        }
    }

    [LoggerMessage(6004, LogLevel.Debug, "The members of the watched room {Room} could not be read; tried again")]
    private partial void LogNotRead(Exception exception, RoomId room);

    [LoggerMessage(6005, LogLevel.Error, "A defect in the watching of room {Room}; it is read again")]
    private partial void LogBroken(Exception exception, RoomId room);
}
