// A fast message while it is nothing but bytes: most never become anything else.
namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// A fast message that nothing follows or keeps, on its way from one buffer into another. What has to wait, or to be looked after, becomes an <see cref="Envelope"/>.
/// </summary>
internal readonly ref struct FastMessage(Guid id, UserId from, UserId to, ReadOnlySpan<byte> body, long sentAt)
{
    /// <summary>See <see cref="MessageId"/>.</summary>
    public Guid Id { get; } = id;

    public UserId From { get; } = from;

    public UserId To { get; } = to;

    /// <summary>The JSON value of <c>body</c>.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>When the node took it in: milliseconds since 1970 UTC.</summary>
    public long SentAt { get; } = sentAt;

    public Envelope ToEnvelope() => new(new MessageId(Id), From, To, Body.ToArray(), SentAt);
}
