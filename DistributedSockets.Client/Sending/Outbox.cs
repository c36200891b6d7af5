// What was given to be sent and is not acknowledged yet, in order. It outlives connections.
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Storing;

namespace DistributedSockets.Client.Sending;

/// <summary>
/// Sends each entry until it is answered, in the order in which they came. Whatever a node refuses for a while holds up all that is behind it:
/// what waited behind it was refused too, or may have been taken.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Semaphores without a wait handle have nothing to dispose of.")]
internal sealed partial class Outbox(ClientOptions options, FrameLimit limit, StoreKeeper? store, Action news)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<OutboxEntry> _entries = new();
    private readonly Dictionary<string, LinkedListNode<OutboxEntry>> _byId = [];
    private readonly SemaphoreSlim _room = new(options.OutboxCapacity, options.OutboxCapacity);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ClientException? _end;

    /// <summary>What was not acknowledged when the client last ran. It comes in, however small the outbox has become.</summary>
    public async Task RestoreAsync(IEnumerable<StoredMessage> messages)
    {
        foreach (var message in messages)
        {
            var entry = new OutboxEntry(message.IsRoom ? Target.Room(message.Target) : message.Target, message.Id, message.Frame)
            {
                HasRoom = await _room.WaitAsync(0).ConfigureAwait(false),
            };

            // Nobody waits for it any more; what becomes of it shows in Acknowledged and in receipts.
            _ = entry.Answer.ContinueWith(static task => task.Exception, TaskScheduler.Default);
            Add(entry);
        }
    }

    /// <summary>Takes a command into the outbox, and into the store, in the order of the calls: one that waits for room holds up those behind it.</summary>
    /// <param name="entry">The command.</param>
    /// <param name="ready">What must have been done before: what the store has comes first.</param>
    /// <param name="cancellationToken">Nobody wants it sent any more.</param>
    public async ValueTask AddAsync(OutboxEntry entry, Func<Task> ready, CancellationToken cancellationToken)
    {
        Check(entry);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ready().WaitAsync(cancellationToken).ConfigureAwait(false);
            await TakeRoomAsync(entry, cancellationToken).ConfigureAwait(false);

            // The store keeps what was given before the end, also where the end comes in between.
            CheckId(entry);
            await AddToStoreAsync(entry, cancellationToken).ConfigureAwait(false);
            Add(entry);
        }
        catch
        {
            GiveRoom(entry);
            throw;
        }
        finally
        {
            _turn.Release();
        }

        news();
    }

    /// <summary>It is not sent any more: it is acknowledged, or of no use, or nobody wants it.</summary>
    /// <returns>Null if it is not here.</returns>
    public OutboxEntry? Remove(string id)
    {
        OutboxEntry entry;
        lock (_gate)
        {
            if (!_byId.Remove(id, out var node))
            {
                return null;
            }

            entry = node.Value;
            if (node == _next)
            {
                Advance();
            }

            _underWay -= entry.State == OutboxState.Sent ? 1 : 0;
            _entries.Remove(node);
        }

        store?.Remove(id);
        GiveRoom(entry);
        news();
        return entry;
    }

    /// <summary>Nothing is sent any more: who waits is told. The store keeps it.</summary>
    public void End(ClientException reason)
    {
        List<OutboxEntry> left;
        lock (_gate)
        {
            _end = reason;
            left = [.. _entries];
            _entries.Clear();
            _byId.Clear();
            _next = null;
        }

        foreach (var entry in left)
        {
            entry.Fail(reason);
            GiveRoom(entry);
        }
    }

    private async ValueTask TakeRoomAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        if (options.WhenOutboxFull == OutboxPolicy.Wait)
        {
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (!await _room.WaitAsync(0, cancellationToken).ConfigureAwait(false))
        {
            throw new ClientException(ClientException.OutboxFull, $"{options.OutboxCapacity} messages wait to be acknowledged (ClientOptions.OutboxCapacity).");
        }

        entry.HasRoom = true;
    }

    private void GiveRoom(OutboxEntry entry)
    {
        if (entry.HasRoom)
        {
            _room.Release();
        }
    }

    /// <summary>Completes when all that was given before is in the store.</summary>
    public async Task FlushAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private ValueTask AddToStoreAsync(OutboxEntry entry, CancellationToken cancellationToken) =>
        store is null ? ValueTask.CompletedTask : store.AddAsync(new StoredMessage(entry.Id, entry.Target.Name, entry.Target.IsRoom, entry.Frame), cancellationToken);

    /// <exception cref="ClientException">The client is closed.</exception>
    /// <exception cref="ArgumentException">The id is taken.</exception>
    private void Check(OutboxEntry entry)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end;
            }

            CheckId(entry);
        }
    }

    private void CheckId(OutboxEntry entry)
    {
        lock (_gate)
        {
            if (_byId.ContainsKey(entry.Id))
            {
                throw new ArgumentException($"A message with the id '{entry.Id}' is being sent already.");
            }
        }
    }

    private void Add(OutboxEntry entry)
    {
        lock (_gate)
        {
            Check(entry);
            var node = _entries.AddLast(entry);
            _byId.Add(entry.Id, node);
            _next ??= node;
        }
    }
}
