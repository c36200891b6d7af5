// How a connection begins in a room, and how it ends there.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

internal sealed partial class ConnectionRooms
{
    /// <summary>Rooms of at most so many members are told with their names.</summary>
    private const int NamedMembers = 100;

    /// <summary>Who has everything that the node knows of begins in everyone's room without asking the store.</summary>
    private Task<RoomEntry> PrepareAsync(RoomPlace place, LogEnd known)
    {
        if (place.Place.Epoch != known.Epoch || place.Place.Rseq < known.Rseq)
        {
            return PrepareAsync(place, since: null, answers: null);
        }

        var (after, epoch) = place.Place;
        var shown = new JoinedFrame(place.Room.Value, after, epoch!, after, Count: 0, Math.Min(place.Read, after), Reason: null, Gap: null, Id: null);
        return Task.FromResult(new RoomEntry(new RoomSeat(connection, services.Feeds.Acquire(place.Room).Feed, epoch!, after, after), shown));
    }

    /// <summary>Listens to the room, then asks its log where to begin: what is stored in between is heard of.</summary>
    private async Task<RoomEntry> PrepareAsync(RoomPlace place, LogEnd? since, Asked? answers)
    {
        var feed = await services.Feeds.AcquireAsync(place.Room, services.CatchUp.Request);
        try
        {
            var isEveryone = place.Room == RoomId.Everyone;
            var start = await services.Log.BeginAsync(place.Room, isEveryone ? null : connection.User, place.Place, since, CancellationToken.None);
            if (start.Reason == LogStartReason.Epoch && place.Place.Epoch is { } epoch)
            {
                await services.Membership.RestartAsync(connection.User, place.Room, epoch, start.End.Epoch!, CancellationToken.None);
            }

            if (!start.IsListed && !isEveryone)
            {
                // The store has lost the list and not the user's own row.
                var joined = await services.Membership.JoinAsync(connection.User, place.Room, CancellationToken.None);
                start = start with { Count = joined.Count };
            }

            var members = answers is not null && start.Count <= NamedMembers
                ? await services.Membership.ListAsync(place.Room, after: null, NamedMembers, CancellationToken.None)
                : null;
            var shown = new JoinedFrame(
                place.Room.Value, start.End.Rseq, start.End.Epoch!, start.After, start.Count, Math.Min(place.Read, start.End.Rseq), start.Reason?.ToString().ToLowerInvariant(), start.Gap, answers?.Id)
            {
                Members = members?.Members.Select(member => member.User.Value).ToList(),
            };
            return new RoomEntry(new RoomSeat(connection, feed, start.End.Epoch!, start.After, start.End.Rseq), shown);
        }
        catch
        {
            services.Feeds.Release(feed);
            throw;
        }
    }

    private List<RoomId> Rooms()
    {
        lock (_gate)
        {
            return [.. _seats.Keys];
        }
    }

    /// <summary>Shows rooms to the client, all of them before any message.</summary>
    private void Take(IReadOnlyList<RoomEntry> entries)
    {
        lock (_taking)
        {
            foreach (var entry in entries)
            {
                Drop(entry.Seat.Feed.Room);
                lock (_gate)
                {
                    _seats.Add(entry.Seat.Feed.Room, entry.Seat);
                }

                connection.Send(new Push.Joined(entry.Shown));
            }

            foreach (var entry in entries)
            {
                if (!entry.Seat.Feed.TryAttach(entry.Seat))
                {
                    Replay(entry.Seat);
                }
            }
        }
    }

    private void Leave(RoomId room, string? id)
    {
        lock (_taking)
        {
            Drop(room);
            connection.RoomWatcher?.End(room);
            connection.Send(new Push.Left(room, id));
        }
    }

    private void Drop(RoomId room)
    {
        // Not while its replay attaches it.
        lock (_taking)
        {
            RoomSeat? seat;
            lock (_gate)
            {
                _seats.Remove(room, out seat);
            }

            if (seat is not null)
            {
                seat.Feed.Detach(seat);
                services.Feeds.Release(seat.Feed);
            }
        }
    }
}

/// <summary>A command that has to be answered.</summary>
/// <param name="Id">Its id, if it has one.</param>
internal sealed record Asked(string? Id);

/// <summary>A room that a connection is about to begin in.</summary>
/// <param name="Shown">What the client is told first.</param>
internal sealed record RoomEntry(RoomSeat Seat, JoinedFrame Shown);
