// What is known of a message's way.
namespace DistributedSockets.Web.Chat;

public enum LineState
{
    /// <summary>It has come from somebody else.</summary>
    Received,

    /// <summary>On its way to a node, or waiting for a connection.</summary>
    Waiting,

    /// <summary>Acknowledged: the system answers for it.</summary>
    Stored,
    Delivered,
    Read,
    Expired,

    /// <summary>Refused, or taken out of the recipient's inbox.</summary>
    Failed,
}
