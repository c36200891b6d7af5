// The rooms that a connection is in: how it enters and leaves them. How it begins in one: ConnectionRooms.Entering.cs; what it reads of their logs: ConnectionRooms.Replay.cs; what it sends: ConnectionRooms.Sending.cs.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// The rooms that a ds.v1 connection is in: those of its user, from its welcome to its end. In each it is told where it begins, then reads the log up to its end, then gets
/// what the node's feed gets. Entering and leaving take turns, whoever asks for them: the client, another device, another node, or a store that has begun anew.
/// </summary>
internal sealed partial class ConnectionRooms(Connection connection, RoomServices services, int messagesInFlight, CancellationToken closing) : IDisposable
{
    private readonly ILogger _logger = services.Logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<RoomId, RoomSeat> _seats = [];

    /// <summary>What a room shows to the client stands in one order: held while it begins or ends there, while a page is sent, and while it is attached. Before <see cref="_gate"/> and a feed's lock.</summary>
    private readonly Lock _taking = new();
    private readonly SemaphoreSlim _inFlight = new(messagesInFlight);
    private readonly RoomAcknowledger _acknowledger = new(services.Membership, connection.User, connection.Session.Device, services.Logger);
    private Task _turns = Task.CompletedTask;
    private bool _isOver;
    private bool _hasBegun;

    /// <summary>Before it has begun: its user's rooms have changed since they were read.</summary>
    private bool _isStale;

    /// <summary>The connection's place in a room; null when it is not in it.</summary>
    public RoomSeat? Find(RoomId room)
    {
        lock (_gate)
        {
            return _seats.GetValueOrDefault(room);
        }
    }

    /// <summary>Prepares rooms for a connection that is just being opened. From then on nothing that is sent to them is missed; <see cref="Begin"/> shows them, or <see cref="Forget"/> lets them go.</summary>
    /// <param name="everyone">Where the log of everyone's room ends, as far as the node knows.</param>
    public async Task<IReadOnlyList<RoomEntry>> PrepareAsync(DeviceRooms rooms, LogEnd everyone)
    {
        List<Task<RoomEntry>> entries = [PrepareAsync(rooms.Everyone, everyone), .. Granted(rooms.Joined).Select(place => PrepareAsync(place, since: null, answers: null))];
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
            if (!_hasBegun)
            {
                // It may have read its rooms before: it does so again when it has begun.
                _isStale = true;
                return Task.CompletedTask;
            }
        }

        return InTurnAsync(RefreshInTurnAsync);
    }

    /// <summary>The log of the room has another life, or is about to get one. Returns at once.</summary>
    public void Restart(RoomSeat seat) => _ = InTurnAsync(async () =>
    {
        if (Find(seat.Feed.Room) == seat)
        {
            Take([await PrepareAsync(new RoomPlace(seat.Feed.Room, seat.Place, Read: 0), since: null, answers: null)]);
        }
    });

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
        var places = Granted(await services.Membership.ReadRoomsAsync(connection.User, connection.Session.Device, CancellationToken.None));
        var known = Rooms();
        foreach (var room in known.Except([RoomId.Everyone, .. places.Select(place => place.Room)]))
        {
            Leave(room, id: null);
        }

        foreach (var place in places.ExceptBy(known, place => place.Room))
        {
            Take([await PrepareAsync(place, since: null, answers: null)]);
        }
    }

    [LoggerMessage(9030, LogLevel.Warning, "What rooms user {UserId} is in could not be read; closing the connection")]
    private partial void LogUnavailable(Exception exception, UserId userId);

    [LoggerMessage(9031, LogLevel.Error, "A defect in a room of user {UserId}; closing the connection")]
    private partial void LogBroken(Exception exception, UserId userId);
}
