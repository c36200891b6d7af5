// The two who write to each other.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.History;

/// <summary>The two who write to each other, in one order whoever asks; somebody with themselves is fine.</summary>
internal readonly record struct Conversation
{
    public Conversation(UserId one, UserId other)
    {
        var isInOrder = string.CompareOrdinal(one.Value, other.Value) <= 0;
        (First, Second) = isInOrder ? (one, other) : (other, one);
    }

    public UserId First { get; }

    public UserId Second { get; }
}
