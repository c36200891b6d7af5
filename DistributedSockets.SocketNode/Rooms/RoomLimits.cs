// How much rooms hold, and for how long.
namespace DistributedSockets.SocketNode.Rooms;

/// <summary>How much a log holds, of a room or of a conversation.</summary>
/// <param name="Messages">How many entries, edits and deletions among them; then the oldest go.</param>
/// <param name="Bytes">How many bytes of bodies; then the oldest go.</param>
/// <param name="Retention">How long an entry is kept.</param>
internal abstract record LogLimits(int Messages, long Bytes, TimeSpan Retention)
{
    /// <summary>How often one message may be edited.</summary>
    public int EditsPerMessage { get; init; } = 100;
}

/// <summary>How much rooms hold, and for how long.</summary>
internal sealed record RoomLimits(int Messages = 1_000, long Bytes = 16 * 1024 * 1024) : LogLimits(Messages, Bytes, TimeSpan.FromDays(7))
{
    /// <summary>How many messages one append takes.</summary>
    public const int Batch = 256;

    /// <summary>How many entries one page holds.</summary>
    public const int Page = 100;

    /// <summary>At how many bytes of bodies a page ends, after one entry at least.</summary>
    public const int PageBytes = 256 * 1024;

    /// <summary>How many members a room has.</summary>
    public int Members { get; init; } = 100_000;

    /// <summary>How many devices of a user have a place in a room: those that have one in the inbox.</summary>
    public int Devices { get; init; } = 20;

    /// <summary>How many rooms a user is in.</summary>
    public int RoomsPerUser { get; init; } = 128;
}
