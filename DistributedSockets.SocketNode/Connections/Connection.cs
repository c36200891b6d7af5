// One live WebSocket on this node: what it takes and what it sends. What it reads: Connection.Reading.cs; what is written: Connection.Writing.cs; what its user may do: Connection.Grants.cs; whom it watches: Connection.Presence.cs; its end: Connection.Ending.cs.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>
/// One live WebSocket on this node. A loop reads frames and hands them to the profile's dispatcher; what is to be written goes into the send queue, which has one writer at
/// a time. Whoever wants it closed says so with <see cref="Close"/>, which never waits.
/// </summary>
internal sealed partial class Connection : IDisposable
{
    /// <summary>How long a burst is held back for a reader that gets on with it.</summary>
    private static readonly TimeSpan RoomLimit = TimeSpan.FromSeconds(1);

    private readonly ClientSocket _socket;
    private readonly Profile _profile;
    private readonly ConnectionServices _services;
    private readonly ILogger _logger;
    private readonly SendQueue _queue;
    private readonly InboxReplay _replay;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Acknowledger? _acknowledger;
    private TypingTargets? _typing;
    private ConnectionRooms? _rooms;
    private CloseReason? _reason;

    private volatile bool _isStalled;

    public Connection(Session session, ClientSocket socket, Profile profile, ConnectionServices services)
    {
        Session = session;
        _socket = socket;
        _profile = profile;
        _services = services;
        _logger = services.Logger;
        _queue = new SendQueue(socket.Stream, profile, services.Limits.SendQueueMessages, services.Limits.SendQueueBytes) { OnWritten = OnWritten };
        _heardAt = _pingedAt = services.Time.GetTimestamp();
        _replay = new InboxReplay(services.Inbox, session, TryEnqueue, FollowLate, _queue.WaitForRoomAsync, Close, services.Status, services.Time, services.Logger, _closing.Token);
        Lanes = new Lanes(services.Router, services.Limits.MessagesInFlight, services.Metrics, (envelope, outcome) => profile.Tell(this, envelope, outcome));
        Recipients = new Recipients(Lanes);
    }

    public Session Session { get; }

    public UserId User => Session.User;

    /// <summary>The life of the inbox that a ds.v1 client counts in, as its welcome has said; null for a plain connection.</summary>
    public string? Epoch { get; private set; }

    /// <summary>Whom this connection writes to; for its read loop only.</summary>
    public Recipients Recipients { get; }

    /// <summary>The read mark that was entered last; for its read loop only.</summary>
    public (UserId From, long Upto) Read { get; set; }

    /// <summary>Who is shown that this connection's user types; for its read loop only.</summary>
    public TypingTargets Typing => _typing ??= new TypingTargets(_services.Limits.TypingTargets, () => _services.Metrics.LimitReached(LimitNames.TypingTargets), _services.Time);

    /// <summary>The rooms that it is in: a ds.v1 connection always is in everyone's.</summary>
    public ConnectionRooms Rooms => LazyInitializer.EnsureInitialized(
        ref _rooms, () => new ConnectionRooms(this, _services.Rooms, _services.Limits.MessagesInFlight, _closing.Token))!;

    /// <summary>Whether it can be in rooms: a plain one can't.</summary>
    public bool HasRooms => _profile is JsonProfile;

    /// <summary>How much this connection may send.</summary>
    public ConnectionRates Rates { get; init; } = ConnectionRates.Unlimited;

    /// <summary>What this connection has sent and is still on its way.</summary>
    public Lanes Lanes { get; }

    /// <summary>Whether <see cref="Close"/> was called or the socket has ended.</summary>
    public bool IsClosing => _closing.IsCancellationRequested;

    /// <summary>More than half of the send queue is full, or much waits behind the inbox, and the reader has not yet shown that waiting does not help: who can wait should.</summary>
    public bool IsCongested => (!_queue.IsHalfEmpty || _replay.IsCongested) && !_isStalled;

    /// <summary>Pushes that wait to be written.</summary>
    public int Queued => _queue.Count;

    /// <summary>Reads and writes until either side ends. Returns when nothing of the connection runs any more.</summary>
    /// <param name="opening">Where a ds.v1 connection starts, and the rest of its first frame; null for a plain one, and for one that is closing already.</param>
    public async Task RunAsync(Opening? opening)
    {
        Begin(opening);
        var reading = ReadLoopAsync(opening?.Rest ?? default);

        await Task.WhenAny(reading, _queue.Ended, _closed.Task);
        await _closing.CancelAsync();

        // What is queued is still written, then the goodbye; the reader runs on until the other side's, so that unread data does not reset the connection.
        _queue.Complete(ClientSocket.ClosePayload(_reason is { } reason ? _profile.CloseCode(reason) : _goodbye, _reason?.Text ?? ""));
        await EndInTimeAsync(_queue.Ended, "write");
        await EndInTimeAsync(reading, "read");
        await EndAsync(_replay.Running, "replay");
        await EndAsync(_acknowledger?.EndAsync() ?? Task.CompletedTask, "acknowledge");

        // What the client sent before it left is carried to its end.
        await Recipients.WhenSettledAsync();
        await Lanes.DrainAsync();
        await (HasRooms ? Rooms.EndAsync() : Task.CompletedTask);
        _socket.Frames.Complete();
    }

    /// <summary>Takes a message for this connection's user. False: not taken.</summary>
    public bool TryDeliver(Envelope envelope)
    {
        if (IsClosing)
        {
            return false;
        }

        var taken = _replay.TryTake(envelope, out var refusal);
        if (refusal is not null)
        {
            Refuse(refusal);
        }

        return taken;
    }

    /// <summary>Whether nothing of the inbox is still to come before what arrives now.</summary>
    public bool IsLive => _replay.IsLive;

    /// <summary>Takes a fast message for this connection's user; nothing of it is kept. False: not taken.</summary>
    public bool TryDeliver(in FastMessage message)
    {
        if (IsClosing || !_replay.IsLive)
        {
            return false;
        }

        // No place in the inbox, so there is nothing to keep it in line with.
        if (_queue.TryEnqueue(message))
        {
            return true;
        }

        Refuse(CloseReason.SlowConsumer);
        return false;
    }

    /// <summary>Takes a message of one of its rooms, as the bytes of a push. False: not taken, and the connection ends.</summary>
    public bool TryDeliver(ReadOnlySpan<byte> message)
    {
        if (IsClosing)
        {
            return false;
        }

        if (_queue.TryEnqueue(message))
        {
            return true;
        }

        Refuse(CloseReason.SlowConsumer);
        return false;
    }

    /// <summary>Completes when at most half of the send queue is full.</summary>
    public Task WhenQueueHasRoomAsync(CancellationToken cancellationToken) => _queue.WaitForRoomAsync(cancellationToken);

    /// <summary>Sends something that is neither a message nor a receipt, if clients of this profile get such a thing.</summary>
    public void Send(Push push)
    {
        if (!IsClosing && _profile.Takes(push) && !_queue.TryEnqueue(push))
        {
            Refuse(CloseReason.SlowConsumer);
        }
    }

    /// <summary>The device has everything up to there. False: more than it was sent.</summary>
    public bool TryAcknowledge(long seq)
    {
        if (seq > _replay.Sent)
        {
            return false;
        }

        ReportAcknowledged(seq);
        if (_replay.IsSound)
        {
            Acknowledge(seq, Epoch, _replay.StoredAt(seq));
        }

        return true;
    }

    /// <summary>What was acknowledged and waits for more of its kind goes now.</summary>
    public void HurryAcknowledgement() => _acknowledger?.Hurry();

    /// <summary>
    /// Completes when the connection is not congested any more. A reader that has not made room in time is waited for no longer: it is closed as soon as its
    /// queue is full.
    /// </summary>
    public async Task WhenRoomAsync()
    {
        var room = Task.WhenAll(_queue.WaitForRoomAsync(_closing.Token), _replay.IsCongested ? _replay.Running : Task.CompletedTask);
        await room.WaitAsync(RoomLimit, _services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _isStalled = !room.IsCompletedSuccessfully;
    }

    /// <summary>The highest seq of the inbox that was sent to this connection, or is about to be.</summary>
    public long Sent => _replay.Sent;

    /// <summary>The user's inbox reaches up to <paramref name="end"/>: what this connection has missed is read.</summary>
    /// <param name="sentBefore">What <see cref="Sent"/> was before the inbox was asked.</param>
    public void CatchUp(InboxEnd end, long sentBefore)
    {
        if (_replay.CatchUp(end, sentBefore) is { } refusal)
        {
            Refuse(refusal);
        }
    }

    /// <summary>The node is going: asks the client to leave within <paramref name="after"/>, best to <paramref name="url"/>.</summary>
    public void Drain(TimeSpan after, string? url) => _profile.Drain(this, after, url);

    /// <summary>Ends the connection; the first reason counts. Returns at once. Null: the client has said that it leaves.</summary>
    public void Close(CloseReason? reason)
    {
        // Whoever holds a snapshot of the table may come after the end.
        if (!IsClosing && (reason is null || Interlocked.CompareExchange(ref _reason, reason, null) is null))
        {
            if (reason is not null && LimitNames.Of(reason) is { } limit)
            {
                _services.Metrics.LimitReached(limit);
            }

            _closing.Cancel();
            _closed.TrySetResult();
        }
    }

    public void Dispose()
    {
        Lanes.Dispose();
        _typing?.Dispose();
        _rooms?.Dispose();
        Rates.Dispose();
        Watcher?.Dispose();
        RoomWatcher?.Dispose();
        _closing.Dispose();
    }

    private void Begin(Opening? opening)
    {
        if (IsClosing)
        {
            _rooms?.Forget(opening?.Rooms ?? []);
            return;
        }

        if (opening is null)
        {
            _queue.Begin(first: null);
            _replay.Start();
            return;
        }

        _redeliveredUpto = opening.Start.IsKnown ? opening.Start.Seq : 0;
        Epoch = opening.Start.Epoch;
        _queue.Begin(new Push.Welcome(opening.Welcome));
        Rooms.Begin(opening.Rooms);
        _replay.StartAfter(opening.Start.After, opening.Start.Epoch, opening.Last);
        if (opening.Acknowledged > 0)
        {
            Acknowledge(opening.Acknowledged, Epoch, storedAt: 0);
        }
    }

    /// <summary>Most connections never have anything to acknowledge, and the first to do so may be the reader or the writer.</summary>
    private void Acknowledge(long seq, string? epoch, long storedAt) =>
        LazyInitializer.EnsureInitialized(
            ref _acknowledger,
            () => new Acknowledger(_services.Inbox, _services.Receipts, User, Session.Device, _replay.NoteGoneBack, Close, _services.Time, _logger)).Acknowledge(seq, epoch, storedAt);

    private void Refuse(CloseReason reason)
    {
        if (reason == CloseReason.SlowConsumer)
        {
            _services.Metrics.SlowReaders.Add(1);
            LogSlowReader(User, Session.Connection, _queue.Count);
        }

        Close(reason);
    }

    [LoggerMessage(1002, LogLevel.Information, "User {UserId} reads too slowly on connection {ConnectionId}: {Waiting} messages wait; closing")]
    private partial void LogSlowReader(UserId userId, ConnectionId connectionId, int waiting);
}
