// What a run wants to hear of its connections.
namespace DistributedSockets.Benchmarks.Load.Sockets;

internal interface ILinkListener
{
    /// <summary>A message is there, once for each.</summary>
    void Arrived(Link link, Mark mark);

    /// <summary>The target answers for one more message of the connection.</summary>
    void Acknowledged(Link link);

    /// <summary>The target has told what became of so many messages of the connection.</summary>
    void Receipted(Link link, int count);

    /// <summary>Everything that was there has been read: the moment to send.</summary>
    void AfterRead(Link link);
}
