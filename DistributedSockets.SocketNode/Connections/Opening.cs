// Where a ds.v1 connection starts.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>Where a ds.v1 connection starts.</summary>
/// <param name="Acknowledged">What the hello has acknowledged in the inbox's present life; 0 for nothing.</param>
/// <param name="Last">The message that the client has named for the place where its reading starts; null for none.</param>
/// <param name="Rooms">The rooms that it begins in.</param>
/// <param name="Rest">What followed the hello in the same frame.</param>
internal sealed record Opening(WelcomeFrame Welcome, InboxStart Start, long Acknowledged, MessageId? Last, IReadOnlyList<RoomEntry> Rooms, ReadOnlyMemory<byte> Rest);
