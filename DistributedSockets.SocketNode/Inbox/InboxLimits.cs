// How much an inbox holds, and for how long.
namespace DistributedSockets.SocketNode.Inbox;

/// <summary>How much an inbox holds, and for how long.</summary>
/// <param name="Messages">How many messages may wait above the delivered mark.</param>
/// <param name="Bytes">How many bytes of their bodies may.</param>
internal sealed record InboxLimits(int Messages = 10_000, long Bytes = 64 * 1024 * 1024)
{
    /// <summary>How many delivered messages stay at least, for devices that lag behind the first one.</summary>
    public const int KeptBelowDelivered = 1_000;

    /// <summary>How many reliable messages a reader's mark looks at, from the newest backwards.</summary>
    public const int ReadMarkReach = 500;

    /// <summary>How many messages one receipt tells of.</summary>
    public const int MessagesPerReceipt = 100;

    /// <summary>How long the same sender and id are known at least.</summary>
    public static readonly TimeSpan IdMemory = TimeSpan.FromHours(24);

    /// <summary>How long a resume token is good for.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromDays(30);

    /// <summary>How long one that was used is still good for: the answer with the next one may have been lost.</summary>
    public static readonly TimeSpan TokenOverlap = TimeSpan.FromSeconds(60);

    /// <summary>How many devices of a user have a cursor; the one that has acknowledged nothing for longest goes.</summary>
    public int Devices { get; init; } = 20;

    /// <summary>How long a message stays at most; one without a time of its own expires then.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often an inbox is visited in which something is pending or owed.</summary>
    public TimeSpan VisitPeriod { get; init; } = TimeSpan.FromSeconds(60);
}
