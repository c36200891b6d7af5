// How much an inbox holds.
namespace DistributedSockets.SocketNode.Inbox;

/// <summary>How much an inbox holds.</summary>
/// <param name="Messages">How many messages may wait above the delivered mark.</param>
/// <param name="Bytes">How many bytes of their bodies may.</param>
internal sealed record InboxLimits(int Messages = 10_000, long Bytes = 64 * 1024 * 1024)
{
    /// <summary>How many delivered messages stay at least, for devices that lag behind the first one.</summary>
    public const int KeptBelowDelivered = 1_000;

    /// <summary>How many devices of a user have a cursor; the one that has acknowledged nothing for longest goes.</summary>
    public const int Cursors = 20;
}
