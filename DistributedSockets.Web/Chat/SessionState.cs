// Where a pane's user stands.
namespace DistributedSockets.Web.Chat;

public enum SessionState
{
    Connecting,
    Connected,

    /// <summary>The connection is gone, and the client is on its way to a node by itself.</summary>
    Recovering,

    /// <summary>The client was stopped here.</summary>
    Offline,

    /// <summary>A node has said that connecting again is useless.</summary>
    Closed,
}
