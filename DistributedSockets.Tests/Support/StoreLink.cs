// What lies between one node and the store (registry and inbox): counted, and a test can cut it or hold its answers up.
using System.Collections.Concurrent;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

/// <summary>What lies between one node and the store. It counts the calls, and a test can cut it, let single calls fail, or hold answers up.</summary>
internal sealed class StoreLink
{
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly ConcurrentDictionary<string, bool> _defects = new();
    private readonly ConcurrentDictionary<string, HeldAnswers> _holds = new();
    private readonly ConcurrentDictionary<UserId, int> _lookUps = new();
    private volatile bool _cut;

    /// <summary>The verbs that the node has called, in order.</summary>
    public IReadOnlyCollection<string> Calls => _calls;

    public int Count(string verb) => _calls.Count(call => call == verb);

    /// <summary>How often the node has asked where the user is. A verb's count has the look-ups of loops in it, for users who are connected here, and those come when they like.</summary>
    public int LookUps(UserId user) => _lookUps.GetValueOrDefault(user);

    public void NoteLookUp(UserId user) => _lookUps.AddOrUpdate(user, 1, (_, count) => count + 1);

    /// <summary>The store does not answer any more.</summary>
    public void Cut() => _cut = true;

    public void Restore() => _cut = false;

    /// <summary>The next call of the verb fails without having happened.</summary>
    public void FailNext(string verb) => _failures.AddOrUpdate(verb, 1, (_, count) => count + 1);

    /// <summary>The next call of the verb throws what nobody expects.</summary>
    public void BreakNext(string verb) => _defects[verb] = true;

    /// <summary>From now on the verb's answers wait until released. What they answer has happened before.</summary>
    public HeldAnswers HoldAnswers(string verb) => _holds[verb] = new HeldAnswers(() => _holds.TryRemove(verb, out _));

    /// <summary>Lets a call through to the store, or throws what <paramref name="away"/> makes.</summary>
    public async Task<T> PassAsync<T>(string verb, Func<Task<T>> call, Func<Exception> away)
    {
        _calls.Enqueue(verb);
        if (_cut || IsToFail(verb))
        {
            throw away();
        }

        if (_defects.TryRemove(verb, out _))
        {
            throw new InvalidOperationException($"{verb} is broken.");
        }

        var answer = await call();
        if (_holds.TryGetValue(verb, out var hold))
        {
            await hold.WaitAsync();
        }

        return answer;
    }

    private bool IsToFail(string verb)
    {
        while (_failures.TryGetValue(verb, out var count) && count > 0)
        {
            if (_failures.TryUpdate(verb, count - 1, count))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Answers that wait until a test releases them.</summary>
internal sealed class HeldAnswers(Action ended)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first answer waits.</summary>
    public Task WhenReachedAsync() => _reached.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public void Release()
    {
        ended();
        _released.TrySetResult();
    }

    public Task WaitAsync()
    {
        _reached.TrySetResult();
        return _released.Task;
    }
}
