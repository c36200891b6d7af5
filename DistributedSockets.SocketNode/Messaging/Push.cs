// What a node sends a client: whatever can stand in a send queue.
namespace DistributedSockets.SocketNode.Messaging;

/// <summary>What a node sends a client: an envelope, or an answer to what the client has sent.</summary>
internal abstract record Push
{
    /// <summary>Bytes that it takes in a send queue, roughly.</summary>
    public abstract int Size { get; }
}
