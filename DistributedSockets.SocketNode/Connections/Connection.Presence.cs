// Whose presence a connection watches.
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    /// <summary>Whose presence the client is shown; null until it asks. For its read loop only.</summary>
    public PresenceWatcher? Watcher { get; set; }

    /// <summary>The rooms whose members the client is shown; null until it asks. Its read loop sets it.</summary>
    public RoomWatcher? RoomWatcher { get; set; }
}
