// The rooms that a connection is in: how it enters and leaves them. What it reads of their logs: ConnectionRooms.Replay.cs.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// The rooms that a ds.v1 connection is in: those of its user, from its welcome to its end. In each it is told where it begins, then reads the log up to its end, then gets
/// what the node's feed gets. Entering and leaving take turns, whoever asks for them: the client, another device, another node, or a store that has begun anew.
/// </summary>
internal sealed partial class ConnectionRooms(Connection connection, RoomServices services, int messagesInFlight, CancellationToken closing) : IDisposable
{
    /// <summary>Rooms of at most so many members are told with their names.</summary>
    private const int NamedMembers = 100;

    /// <summary>Where the broker is away, the connection begins all the same, and the catch-up reads for it.</summary>
    private static readonly TimeSpan ListenLimit = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = services.Logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<RoomId, RoomSeat> _seats = [];

    /// <summary>What a room shows to the client stands in one order: held while it begins or ends there, while a page is sent, and while it is attached. Before <see cref="_gate"/> and a feed's lock.</summary>
    private readonly Lock _taking = new();
    private readonly SemaphoreSlim _inFlight = new(messagesInFlight);
    private readonly RoomAcknowledger _acknowledger = new(services.Membership, connection.User, connection.Session.Device, services.Logger);
    private Task _turns = Task.CompletedTask;
    private bool _isOver;
    private volatile bool _isStale;
    private bool _hasBegun;

    /// <summary>The connection's place in a room; null when it is not in it.</summary>
    public RoomSeat? Find(RoomId room)
    {
        lock (_gate)
        {
            return _seats.GetValueOrDefault(room);
        }
    }

    /// <summary>Prepares rooms for a connection that is just being opened. From then on nothing that is sent to them is missed; <see cref="Begin"/> shows them, or <see cref="Forget"/> lets them go.</summary>
    public async Task<IReadOnlyList<RoomEntry>> PrepareAsync(IReadOnlyList<RoomPlace> places)
    {
        var entries = Granted(places).Select(place => PrepareAsync(place, since: null, answers: null)).ToList();
        try
        {
            return await Task.WhenAll(entries);
        }
        catch
        {
            await ((Task)Task.WhenAll(entries)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Forget([.. entries.Where(entry => entry.IsCompletedSuccessfully).Select(entry => entry.Result)]);
            throw;
        }
    }

    /// <summary>Shows the rooms to the client, behind its welcome and before anything else, and begins to read.</summary>
    public void Begin(IReadOnlyList<RoomEntry> entries)
    {
        Take(entries);
        bool isStale;
        lock (_gate)
        {
            _hasBegun = true;
            isStale = _isStale;
        }

        if (isStale)
        {
            _ = RefreshAsync();
        }
    }

    public void Forget(IReadOnlyList<RoomEntry> entries)
    {
        foreach (var entry in entries)
        {
            services.Feeds.Release(entry.Seat.Feed);
        }
    }

    /// <summary>Whoever is a member begins, or begins anew, in the room.</summary>
    /// <param name="since">Where the client wants to begin.</param>
    /// <param name="answers">The join that this answers; null for none.</param>
    public Task EnterAsync(RoomPlace place, LogEnd? since, Asked? answers) => InTurnAsync(async () => Take([await PrepareAsync(place, since, answers)]));

    /// <summary>The connection is not in the room any more, and is told so.</summary>
    /// <param name="answers">The leave that this answers.</param>
    public Task LeaveAsync(RoomId room, Asked answers) => InTurnAsync(() =>
    {
        Leave(room, answers.Id);
        return Task.CompletedTask;
    });

    /// <summary>The user's rooms have changed elsewhere: enters what is new, leaves what is gone.</summary>
    public Task RefreshAsync()
    {
        lock (_gate)
        {
            // One that is just being opened may have read its rooms before: it does so again when it has begun.
            _isStale = true;
            if (!_hasBegun)
            {
                return Task.CompletedTask;
            }
        }

        return InTurnAsync(RefreshInTurnAsync);
    }

    /// <summary>The log of the room has another life, or is about to get one. Returns at once.</summary>
    public void Restart(RoomSeat seat) => _ = Task.Run(() => InTurnAsync(async () =>
    {
        if (Find(seat.Feed.Room) == seat)
        {
            Take([await PrepareAsync(new RoomPlace(seat.Feed.Room, seat.Place, Read: 0), since: null, answers: null)]);
        }
    }));

    /// <summary>Sends a message of this connection; completes when the next one may follow.</summary>
    public async ValueTask SendAsync(RoomId room, RoomMessage message, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        services.Outbox.Send(new OutgoingMessage(room, message, Tell));
    }

    /// <summary>Changes a message of this connection's user; completes when the next may follow.</summary>
    public async ValueTask ChangeAsync(RoomId room, RoomChange change, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        services.Outbox.Send(new OutgoingChange(room, change, Tell));
    }

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

    /// <summary>Ends it; completes when everything that the client has sent has an outcome, and nothing runs any more.</summary>
    public async Task EndAsync()
    {
        await InTurnAsync(() =>
        {
            _isOver = true;
            foreach (var room in Rooms())
            {
                Drop(room);
            }

            return Task.CompletedTask;
        });

        for (var outcome = 0; outcome < messagesInFlight; outcome++)
        {
            await _inFlight.WaitAsync(CancellationToken.None);
        }

        await _replaying;
        await _acknowledger.Running;
    }

    public void Dispose() => _inFlight.Dispose();

    /// <summary>Never fails: a change that does closes the connection, whose next hello finds out what it is in.</summary>
    private Task InTurnAsync(Func<Task> change)
    {
        lock (_gate)
        {
            return _turns = AfterAsync(_turns, change);
        }
    }

    private async Task AfterAsync(Task before, Func<Task> change)
    {
        // Never within the lock of whoever asks for it.
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (!_isOver)
            {
                await change();
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        if (exception is RoomsUnavailableException)
        {
            LogUnavailable(exception, connection.User);
            connection.Close(CloseReason.BackendUnavailable);
        }
        else
        {
            LogBroken(exception, connection.User);
            connection.Close(CloseReason.Broken);
        }
    }

    /// <summary>A member who may not read, such as one whom somebody else has put there, is not in the room as far as this connection is concerned.</summary>
    private IReadOnlyList<RoomPlace> Granted(IReadOnlyList<RoomPlace> places) => [.. places.Where(place => connection.Grants.Rooms.Of(place.Room) != RoomAccess.None)];

    private async Task RefreshInTurnAsync()
    {
        _isStale = false;
        var places = Granted(await services.Membership.ReadRoomsAsync(connection.User, connection.Session.Device, CancellationToken.None));
        var known = Rooms();
        foreach (var room in known.Except(places.Select(place => place.Room)))
        {
            Leave(room, id: null);
        }

        foreach (var place in places.ExceptBy(known, place => place.Room))
        {
            Take([await PrepareAsync(place, since: null, answers: null)]);
        }
    }

    /// <summary>Listens to the room, then asks its log where to begin: what is stored in between is heard of.</summary>
    private async Task<RoomEntry> PrepareAsync(RoomPlace place, LogEnd? since, Asked? answers)
    {
        var (feed, listening) = services.Feeds.Acquire(place.Room);
        try
        {
            await listening.WaitAsync(ListenLimit, services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!listening.IsCompleted)
            {
                _ = RequestWhenHeardAsync(listening);
            }

            var start = await services.Log.BeginAsync(place.Room, connection.User, place.Place, since, CancellationToken.None);
            if (start.Reason == LogStartReason.Epoch && place.Place.Epoch is { } epoch)
            {
                await services.Membership.RestartAsync(connection.User, place.Room, epoch, start.End.Epoch!, CancellationToken.None);
            }

            if (!start.IsListed)
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

    /// <summary>What was sent before the broker had bound the shard is nowhere but in the log.</summary>
    private async Task RequestWhenHeardAsync(Task listening)
    {
        await listening.WaitAsync(closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        services.CatchUp.Request();
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
        connection.Send(new Push.Error(code, reason, message.ClientId, placement is null ? RoomServices.RetryAfter : null)
        {
            Limit = code == ErrorCode.LimitReached ? LimitNames.EditsPerMessage : null,
        });
    }

    [LoggerMessage(9030, LogLevel.Warning, "What rooms user {UserId} is in could not be read; closing the connection")]
    private partial void LogUnavailable(Exception exception, UserId userId);

    [LoggerMessage(9031, LogLevel.Error, "A defect in a room of user {UserId}; closing the connection")]
    private partial void LogBroken(Exception exception, UserId userId);
}

/// <summary>A command that has to be answered.</summary>
/// <param name="Id">Its id, if it has one.</param>
internal sealed record Asked(string? Id);

/// <summary>A room that a connection is about to begin in.</summary>
/// <param name="Shown">What the client is told first.</param>
internal sealed record RoomEntry(RoomSeat Seat, JoinedFrame Shown);
