// How long to wait before the broker is tried again.
namespace DistributedSockets.SocketNode.Bus;

/// <summary>200 ms, doubling to 5 s, each shortened by up to a half at random, so that the nodes of a cluster don't come back in step.</summary>
internal sealed class BusBackoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = First;

    public void Reset() => _next = First;

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var delay = _next * (1 - (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return Task.Delay(delay, time, cancellationToken);
    }
}
