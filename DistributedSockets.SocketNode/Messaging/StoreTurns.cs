// Who may store messages now, where many want to: the fewer at once, the more of them go together.
namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// Turns at storing, for the busy lanes of a node. A call of the store costs much more than one message more in it, so where many lanes are busy it is better that
/// a few of them store at once and the messages of the others collect meanwhile. Nobody waits long: a store that hangs holds up only those that it has not answered.
/// </summary>
internal sealed class StoreTurns(TimeProvider time) : IDisposable
{
    /// <summary>Enough to keep a store busy. Measured with 64 busy lanes: 4, 8 and 16 are within the noise, all of them at once cost a fifth more.</summary>
    public const int AtOnce = 16;

    /// <summary>So long a turn is waited for; then one stores without.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _free = new(AtOnce);

    /// <summary>Completes with true when there is a turn, which is to be given back; with false when there was none in time.</summary>
    public async ValueTask<bool> TakeAsync()
    {
        var turn = _free.WaitAsync();
        if (turn.IsCompleted || await Task.WhenAny(turn, Task.Delay(Patience, time)) == turn)
        {
            return true;
        }

        // It comes to somebody who has gone, and goes on to the next.
        _ = turn.ContinueWith(_ => GiveBack(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return false;
    }

    public void GiveBack() => _free.Release();

    public void Dispose() => _free.Dispose();
}
