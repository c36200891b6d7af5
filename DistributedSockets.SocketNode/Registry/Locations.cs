// Where users are, remembered for a moment: the busy path must not ask Redis for every message.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// Where users are, remembered for one to two seconds if it is a single node. A memory that is wrong costs a detour and no message: a node that has the user no more sends
/// the message on, and one that is not the only one passes copies to the others, which it knows of. Users on several nodes, and on none, are looked up each time.
/// <para>Bounded by what is looked up in two seconds: memories are forgotten by the generation.</para>
/// </summary>
internal sealed class Locations(IConnectionRegistry registry, TimeProvider time)
{
    private static readonly TimeSpan Generation = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<UserId, Task<IReadOnlyList<NodeIncarnation>>> _asking = new();
    private readonly Lock _gate = new();
    private ConcurrentDictionary<UserId, IReadOnlyList<NodeIncarnation>> _young = new();
    private ConcurrentDictionary<UserId, IReadOnlyList<NodeIncarnation>> _old = new();
    private long _bornAt = time.GetTimestamp();

    /// <summary>The one node that is remembered to hold the user. False: the user has to be found.</summary>
    public bool TryRecall(UserId user, out NodeIncarnation node)
    {
        var nodes = Recall(user);
        node = nodes is null ? default : nodes[0];
        return nodes is not null;
    }

    /// <summary>The nodes that hold the user, perhaps of a second ago. Throws as the registry does.</summary>
    public ValueTask<IReadOnlyList<NodeIncarnation>> FindAsync(UserId user, CancellationToken cancellationToken) => Recall(user) is { } nodes
        ? ValueTask.FromResult(nodes)
        : new ValueTask<IReadOnlyList<NodeIncarnation>>(AskOnceAsync(user).WaitAsync(cancellationToken));

    /// <summary>The nodes that hold the user now.</summary>
    public async Task<IReadOnlyList<NodeIncarnation>> LookUpAsync(UserId user, CancellationToken cancellationToken)
    {
        _young.TryRemove(user, out _);
        _old.TryRemove(user, out _);
        return await AskAsync(user, cancellationToken);
    }

    private IReadOnlyList<NodeIncarnation>? Recall(UserId user)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _bornAt)) >= Generation)
        {
            BeginGeneration();
        }

        return _young.TryGetValue(user, out var nodes) || _old.TryGetValue(user, out nodes) ? nodes : null;
    }

    /// <summary>Who asks while somebody does already waits for the same answer.</summary>
    private Task<IReadOnlyList<NodeIncarnation>> AskOnceAsync(UserId user)
    {
        return _asking.TryGetValue(user, out var asking) ? asking : BeginAsync();

        async Task<IReadOnlyList<NodeIncarnation>> BeginAsync()
        {
            var answer = new TaskCompletionSource<IReadOnlyList<NodeIncarnation>>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_asking.GetOrAdd(user, answer.Task) is var first && first != answer.Task)
            {
                return await first;
            }

            try
            {
                var nodes = await AskAsync(user, CancellationToken.None);
                if (nodes.Count == 1)
                {
                    _young[user] = nodes;
                }

                answer.SetResult(nodes);
                return nodes;
            }
            catch (Exception exception)
            {
                answer.SetException(exception);
                _ = answer.Task.Exception;
                throw;
            }
            finally
            {
                _asking.TryRemove(user, out _);
            }
        }
    }

    private async Task<IReadOnlyList<NodeIncarnation>> AskAsync(UserId user, CancellationToken cancellationToken) =>
        [.. (await registry.LocateAsync(user, cancellationToken)).Select(session => session.Node).Distinct()];

    private void BeginGeneration()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_bornAt) >= Generation)
            {
                // Of long ago: nothing of it is worth remembering.
                _old = time.GetElapsedTime(_bornAt) >= 2 * Generation ? new() : _young;
                _young = new();
                Volatile.Write(ref _bornAt, time.GetTimestamp());
            }
        }
    }
}
