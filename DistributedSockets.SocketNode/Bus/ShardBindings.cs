// Which shards of rooms a node's queue is bound to, and which it should be.
namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Brings the queue of one incarnation to the shards that it should be bound to, through all sessions with the broker: one change after the other, so that the last wish
/// is what stands at the end.
/// </summary>
internal sealed class ShardBindings
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, TaskCompletionSource> _wanted = [];
    private readonly HashSet<int> _bound = [];
    private ConsumeSession? _session;
    private bool _isChanging;

    /// <summary>Completes when the queue is bound to the shard for the first time.</summary>
    public Task ListenAsync(int shard)
    {
        Task listening;
        lock (_gate)
        {
            if (!_wanted.TryGetValue(shard, out var bound))
            {
                _wanted.Add(shard, bound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            listening = bound.Task;
        }

        Change();
        return listening;
    }

    public void Ignore(int shard)
    {
        lock (_gate)
        {
            _wanted.Remove(shard);
        }

        Change();
    }

    /// <summary>A session has begun: binds everything that is wanted now, and from here on what will be. Throws when the session fails.</summary>
    public async Task BeginAsync(ConsumeSession session)
    {
        List<int> wanted;
        lock (_gate)
        {
            _bound.Clear();
            wanted = [.. _wanted.Keys];
        }

        foreach (var shard in wanted)
        {
            await session.BindAsync(shard);
        }

        lock (_gate)
        {
            _bound.UnionWith(wanted);
            _session = session;
        }

        Change();
    }

    /// <summary>What the queue is bound to.</summary>
    public IReadOnlyList<int> Bound
    {
        get
        {
            lock (_gate)
            {
                return [.. _bound];
            }
        }
    }

    /// <summary>The session is over; its queue is gone with all bindings.</summary>
    public void End()
    {
        lock (_gate)
        {
            _session = null;
        }
    }

    private void End(ConsumeSession session)
    {
        lock (_gate)
        {
            _session = _session == session ? null : _session;
        }
    }

    private void Change()
    {
        lock (_gate)
        {
            if (_isChanging || _session is null)
            {
                return;
            }

            _isChanging = true;
        }

        // Owned by nobody's await, ended by itself: with the session, or when everything is as it should be.
        _ = ChangeAsync();
    }

    private async Task ChangeAsync()
    {
        while (TryNext(out var session, out var shard, out var isWanted))
        {
            try
            {
                await (isWanted ? session.BindAsync(shard) : session.UnbindAsync(shard));
            }
            catch (Exception exception)
            {
                // Whatever the broker has against it: the next session begins with all that is wanted.
                session.Abandon($"a shard could not be bound: {exception.Message}");
                End(session);
                continue;
            }

            lock (_gate)
            {
                if (session == _session)
                {
                    _ = isWanted ? _bound.Add(shard) : _bound.Remove(shard);
                }
            }
        }
    }

    /// <summary>What is to be changed next; false when nothing is, and then nobody changes anything any more.</summary>
    private bool TryNext(out ConsumeSession session, out int shard, out bool isWanted)
    {
        lock (_gate)
        {
            foreach (var (wanted, bound) in _wanted)
            {
                if (_session is not null && _bound.Contains(wanted))
                {
                    bound.TrySetResult();
                }
            }

            session = _session!;
            shard = _wanted.Keys.FirstOrDefault(wanted => !_bound.Contains(wanted), -1);
            isWanted = shard >= 0;
            shard = isWanted ? shard : _bound.FirstOrDefault(bound => !_wanted.ContainsKey(bound), -1);
            _isChanging = _session is not null && shard >= 0;
            return _isChanging;
        }
    }
}
