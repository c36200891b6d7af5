// Keeps the store's picture of where the device stands up to date, behind the connection's back.
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Client.Storing;

/// <summary>Writes changes to the store one at a time, and of places only the last of those that come while it writes.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle has nothing to dispose of.")]
internal sealed class StoreKeeper(IClientStore store, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _done = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private StoredPlace? _place;
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;

    /// <summary>Completes when it is kept.</summary>
    public async ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await store.AddAsync(message, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Save(StoredPlace place) => Add(() => _place = place);

    public void Remove(string id) => Add(() => _done.Enqueue(id));

    /// <summary>Completes when all that was told so far is kept.</summary>
    public async Task FlushAsync()
    {
        Task writing;
        lock (_gate)
        {
            writing = _writing;
        }

        await writing.ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private void Add(Action change)
    {
        lock (_gate)
        {
            change();
            if (!_isWriting)
            {
                _isWriting = true;
                _writing = Task.Run(WriteAsync);
            }
        }
    }

    private async Task WriteAsync()
    {
        while (TryTake(out var place, out var id))
        {
            if (id is not null)
            {
                await TryAsync(() => store.RemoveAsync(id, CancellationToken.None)).ConfigureAwait(false);
            }

            if (place is not null)
            {
                await TryAsync(() => store.SaveAsync(place, CancellationToken.None)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A store that fails costs what it is there for, and nothing else: messages go on.</summary>
    private async Task TryAsync(Func<ValueTask> write)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            logger.LogStoreFailed(exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    private bool TryTake(out StoredPlace? place, out string? id)
    {
        lock (_gate)
        {
            (place, _place) = (_place, null);
            _done.TryDequeue(out id);
            return _isWriting = place is not null || id is not null;
        }
    }
}
