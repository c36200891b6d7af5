// What travels of a room from node to node in one broker message.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>What travels of a room from node to node in one broker message.</summary>
/// <param name="From">The node that has taken it in.</param>
/// <param name="End">How far the log reaches at least; who has not come that far has missed something. Default when nothing here was stored.</param>
/// <param name="Entries">In their order; those that were not stored have an rseq of 0. None: only the end is told.</param>
internal sealed record RoomBatch(RoomId Room, NodeIncarnation From, LogEnd End, IReadOnlyList<LogEntry> Entries);
