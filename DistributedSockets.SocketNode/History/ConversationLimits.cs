// How much a conversation's log holds, and for how long.
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.History;

/// <summary>How much a conversation's log holds, and for how long. No messages: none is kept.</summary>
internal sealed record ConversationLimits(int Messages = 1_000, long Bytes = 16 * 1024 * 1024) : LogLimits(Messages, Bytes, TimeSpan.FromDays(30));
