// An envelope as an entry of its recipient's stream.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// An envelope as an entry of its recipient's stream, under <c>0-seq</c>: <c>n</c> bytes of all bodies up to here, <c>m</c> id,
/// <c>f</c> sender, <c>t</c> time of sending, <c>b</c> body. The recipient is in the key. Written by append.lua.
/// </summary>
internal static class StoredEnvelope
{
    /// <summary>How many arguments of append.lua stand for one envelope.</summary>
    public const int ArgumentCount = 4;

    public static void WriteArguments(Envelope envelope, Span<RedisValue> arguments)
    {
        arguments[0] = envelope.Id.Value;
        arguments[1] = envelope.From.Value;
        arguments[2] = envelope.SentAt;
        arguments[3] = envelope.Body;
    }

    public static Envelope Read(UserId user, StreamEntry entry)
    {
        ReadOnlyMemory<byte> body = entry["b"];
        var seq = long.Parse(entry.Id.ToString().AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture);
        return new Envelope(new MessageId(entry["m"].ToString()), new UserId(entry["f"].ToString()), user, body, (long)entry["t"]) { Seq = seq };
    }
}
