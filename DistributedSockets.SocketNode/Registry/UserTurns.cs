// One at a time per user, on this node.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// One at a time per user, on this node. Users share a fixed number of turnstiles, so that nothing grows with them; two users who meet
/// at one only wait a little.
/// </summary>
internal sealed class UserTurns
{
    private readonly SemaphoreSlim[] _turnstiles = [.. Enumerable.Range(0, 1024).Select(_ => new SemaphoreSlim(1, 1))];

    public async Task<T> TakeAsync<T>(UserId user, Func<Task<T>> act, CancellationToken cancellationToken)
    {
        var turnstile = _turnstiles[(uint)user.GetHashCode() % (uint)_turnstiles.Length];
        await turnstile.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            turnstile.Release();
        }
    }
}
