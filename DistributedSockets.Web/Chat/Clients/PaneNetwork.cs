// A pane's network, which can be dropped for a while.
namespace DistributedSockets.Web.Chat.Clients;

/// <summary>The way from a pane to the nodes. Dropped, it is gone for some seconds: long enough to see what happens meanwhile.</summary>
internal sealed class PaneNetwork(TimeProvider time)
{
    public static readonly TimeSpan Outage = TimeSpan.FromSeconds(4);

    private long _backAt;

    public void Drop() => Volatile.Write(ref _backAt, (time.GetUtcNow() + Outage).Ticks);

    /// <exception cref="IOException">The network is gone, as a socket would say it.</exception>
    public void Check()
    {
        if (time.GetUtcNow().Ticks < Volatile.Read(ref _backAt))
        {
            throw new IOException("the pane's network is gone");
        }
    }
}
