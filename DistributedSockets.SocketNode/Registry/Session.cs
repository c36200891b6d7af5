// A device's entry in the registry: which connection on which boot of which node holds it.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// A device's entry in the registry. It counts only while <paramref name="Node"/> lives: nothing per session is refreshed,
/// so the death of a node makes all its sessions invalid at once.
/// </summary>
/// <param name="User">Who.</param>
/// <param name="Device">Which of their devices. Plain connections share <see cref="DeviceId.Plain"/> and each has an entry of its own beside it.</param>
/// <param name="Node">The boot of the node that holds the socket.</param>
/// <param name="Connection">The socket.</param>
/// <param name="Since">When it opened: milliseconds since 1970 UTC, by the node's clock.</param>
internal sealed record Session(UserId User, DeviceId Device, NodeIncarnation Node, ConnectionId Connection, long Since);
