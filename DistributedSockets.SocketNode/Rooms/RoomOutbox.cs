// What this node's connections and back ends send to rooms: stored, told to the sender, handed to everybody.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What somebody sends to a room: a message, or a change of one.</summary>
/// <param name="ClientId">The sender's own id; empty for what is not stored.</param>
/// <param name="Tell">Hears what became of it, in the order of sending; null where that is not known. Must not wait.</param>
internal abstract record Outgoing(RoomId Room, string ClientId, ReadOnlyMemory<byte> Body, Action<Outgoing, LogPlacement?> Tell)
{
    public bool IsStored => ClientId.Length > 0;
}

internal sealed record OutgoingMessage(RoomId Room, RoomMessage Message, Action<Outgoing, LogPlacement?> Tell) : Outgoing(Room, Message.ClientId, Message.Body, Tell);

internal sealed record OutgoingChange(RoomId Room, RoomChange Change, Action<Outgoing, LogPlacement?> Tell) : Outgoing(Room, Change.ClientId, Change.Body ?? default, Tell);

/// <summary>
/// What this node's connections and back ends send to rooms. For each room and class one batch is on its way at a time, and what comes meanwhile collects into the next: the busier a room,
/// the fewer the calls. The senders bound what waits.
/// </summary>
internal sealed partial class RoomOutbox(IRoomLog log, RoomFeeds feeds, RoomCatchUp catchUp, INodeBus bus, NodeStatus status, ILogger<RoomOutbox> logger)
{
    /// <summary>Bytes of bodies that travel together at most, unless one message has more.</summary>
    private const int BatchBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<(RoomId Room, bool IsStored), Queue<Outgoing>> _waiting = [];

    /// <summary>Sends messages of one class to one room: when one is refused for now, all behind it are too. Returns at once.</summary>
    public void Send(params ReadOnlySpan<Outgoing> messages)
    {
        var key = (messages[0].Room, messages[0].IsStored);
        lock (_gate)
        {
            var isRunning = _waiting.TryGetValue(key, out var queue);
            if (queue is null)
            {
                _waiting.Add(key, queue = new Queue<Outgoing>());
            }

            foreach (var message in messages)
            {
                queue.Enqueue(message);
            }

            if (isRunning)
            {
                return;
            }
        }

        // Owned by nobody's await, ended by itself; each sender waits for its own at its end.
        _ = RunAsync(key);
    }

    private async Task RunAsync((RoomId Room, bool IsStored) key)
    {
        await Task.Yield();
        var published = Task.CompletedTask;
        while (TryTake(key, out var batch))
        {
            if (await TryCarryAsync(key, batch) is { Entries.Count: > 0 } carried)
            {
                Show(carried);

                // Never fails.
                await published;
                published = PublishAsync(carried);
            }
        }

        await published;
    }

    /// <summary>What is to be handed out; null when it was refused, and what waited behind it.</summary>
    private async Task<RoomBatch?> TryCarryAsync((RoomId Room, bool IsStored) key, List<Outgoing> batch)
    {
        try
        {
            await status.WhenFreshAsync(CancellationToken.None);
            return key.IsStored ? await StoreAsync(key.Room, batch) : Fast(key.Room, batch);
        }
        catch (Exception exception)
        {
            if (exception is RoomsUnavailableException)
            {
                LogUnavailable(exception, key.Room, batch.Count);
            }
            else
            {
                // A defect. What follows must go on, and the senders must be told.
                LogBroken(exception, key.Room, batch.Count);
            }

            foreach (var message in batch.Concat(TakeAll(key)))
            {
                Tell(message, null);
            }

            return null;
        }
    }

    /// <summary>Stores messages, and tells their senders before anybody else can answer them.</summary>
    private async Task<RoomBatch> StoreAsync(RoomId room, List<Outgoing> batch)
    {
        var seen = feeds.Find(room)?.End ?? default;
        var appended = batch[0] is OutgoingChange changed
            ? await log.ChangeAsync(room, changed.Change, seen, CancellationToken.None)
            : await log.AppendAsync(room, [.. batch.Cast<OutgoingMessage>().Select(outgoing => outgoing.Message)], seen, CancellationToken.None);
        var entries = new List<LogEntry>(batch.Count);
        for (var index = 0; index < batch.Count; index++)
        {
            var placement = appended.Placements[index];
            Tell(batch[index], placement);
            if (placement.Outcome is LogOutcome.Stored or LogOutcome.Duplicate)
            {
                // What was stored before may never have been handed out: the attempt that stored it may have died.
                entries.Add(ToEntry(batch[index], placement.Id, placement.Rseq, placement.StoredAt));
            }
        }

        return new RoomBatch(room, status.Self, new LogEnd(entries.Count == 0 ? 0 : entries.Max(entry => entry.Rseq), appended.Epoch), entries);
    }

    private RoomBatch Fast(RoomId room, List<Outgoing> batch)
    {
        foreach (var outgoing in batch)
        {
            Tell(outgoing, null);
        }

        return new RoomBatch(room, status.Self, default, [.. batch.Cast<OutgoingMessage>().Select(outgoing => ToEntry(outgoing, outgoing.Message.Id, rseq: 0, outgoing.Message.SentAt))]);
    }

    private static LogEntry ToEntry(Outgoing outgoing, MessageId id, long rseq, long at) => outgoing switch
    {
        OutgoingMessage { Message: var message } =>
            new(rseq, LogEntryKind.Message, id, message.From, message.Device, message.ClientId, message.Body, at) { ContentType = message.ContentType },
        OutgoingChange { Change: var change } =>
            new(rseq, change.Body is null ? LogEntryKind.Delete : LogEntryKind.Edit, id, change.From, change.Device, change.ClientId, outgoing.Body, at)
            {
                ContentType = change.ContentType,
                Of = change.Of,
            },
        _ => throw new ArgumentOutOfRangeException(nameof(outgoing), outgoing, "Something that the outbox does not know."),
    };

    /// <summary>To the connections here.</summary>
    private void Show(RoomBatch batch)
    {
        try
        {
            feeds.Find(batch.Room)?.Take(batch);
        }
        catch (Exception exception)
        {
            // A defect. What was stored is read from the log.
            LogBroken(exception, batch.Room, batch.Entries.Count);
        }
    }

    /// <summary>In one broker message to all nodes that have connections in the room.</summary>
    private async Task PublishAsync(RoomBatch batch)
    {
        var outcome = PublishOutcome.Unknown;
        try
        {
            outcome = await bus.PublishAsync(batch, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // A defect. What was stored is read from the log.
            LogBroken(exception, batch.Room, batch.Entries.Count);
        }

        if (batch.End.Epoch is not null && (outcome == PublishOutcome.Unknown || bus.State != BusState.Connected))
        {
            catchUp.Untold(batch.Room, batch.End);
        }
    }

    /// <summary>A sender with a defect must not stop the room for the others.</summary>
    private void Tell(Outgoing message, LogPlacement? placement)
    {
        try
        {
            message.Tell(message, placement);
        }
        catch (Exception exception)
        {
            LogBroken(exception, message.Room, 1);
        }
    }

    /// <summary>What waits behind a failure is refused with it: its senders send it again in their order.</summary>
    private List<Outgoing> TakeAll((RoomId Room, bool IsStored) key)
    {
        lock (_gate)
        {
            var all = _waiting[key].ToList();
            _waiting[key].Clear();
            return all;
        }
    }

    private bool TryTake((RoomId Room, bool IsStored) key, out List<Outgoing> batch)
    {
        batch = [];
        var bytes = 0;
        lock (_gate)
        {
            var queue = _waiting[key];
            while (batch.Count < RoomLimits.Batch && queue.TryPeek(out var next) && (batch.Count == 0 || MayFollow(batch[^1], next, bytes)))
            {
                batch.Add(queue.Dequeue());
                bytes += next.Body.Length;
            }

            return batch.Count > 0 || !_waiting.Remove(key);
        }
    }

    /// <summary>Messages go together, changes alone.</summary>
    private static bool MayFollow(Outgoing last, Outgoing next, int bytes) =>
        last is OutgoingMessage && next is OutgoingMessage && bytes + next.Body.Length <= BatchBytes;

    [LoggerMessage(9010, LogLevel.Warning, "{Count} messages to room {Room} could not be stored")]
    private partial void LogUnavailable(Exception exception, RoomId room, int count);

    [LoggerMessage(9011, LogLevel.Error, "{Count} messages to room {Room} were lost in a defect")]
    private partial void LogBroken(Exception exception, RoomId room, int count);
}
