// What became of a message, as far as this node could see.
namespace DistributedSockets.SocketNode.Messaging;

/// <summary>What became of a message, as far as this node could see. Also the label of the metrics.</summary>
internal enum Delivery
{
    /// <summary>In the send queue of a connection on this node.</summary>
    Local,

    /// <summary>On another node's queue.</summary>
    Remote,

    /// <summary>In the recipient's inbox.</summary>
    Inbox,

    /// <summary>Published with an unknown outcome: a fast message is never tried twice.</summary>
    Unknown,

    /// <summary>A copy whose recipient has gone while another copy went elsewhere.</summary>
    Dropped,

    /// <summary>Neither delivered nor stored.</summary>
    Failed,
}
