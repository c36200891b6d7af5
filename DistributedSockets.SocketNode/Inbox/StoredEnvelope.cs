// An envelope as an entry of its recipient's stream.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// An envelope as an entry of its recipient's stream, under <c>0-seq</c>: <c>m</c> id, <c>f</c> sender, <c>t</c> when it was stored, <c>b</c> body; where it has them,
/// <c>i</c> the sender's own id, <c>c</c> content type, <c>x</c> when it is due (else the inbox's own limit says), <c>k</c> <c>r</c> for a receipt. The recipient is in the key.
/// Written by append.lua and append-receipts.lua.
/// </summary>
internal static class StoredEnvelope
{
    /// <summary>How many arguments of append.lua stand for one envelope.</summary>
    public const int ArgumentCount = 8;

    public static void WriteArguments(Envelope envelope, Span<RedisValue> arguments)
    {
        arguments[0] = envelope.Id.Value;
        arguments[1] = envelope.From.Value;
        arguments[2] = envelope.TtlSeconds * 1000L;
        arguments[3] = envelope.Body;
        arguments[4] = envelope.ContentType ?? "";
        arguments[5] = envelope.ClientId ?? "";
        arguments[6] = envelope.IsReliable ? EnvelopeHash.OfId(envelope) : "";
        arguments[7] = envelope.IsReliable ? BitConverter.GetBytes(EnvelopeHash.OfBody(envelope)) : "";
    }

    public static Envelope Read(UserId user, StreamEntry entry)
    {
        ReadOnlyMemory<byte> body = entry["b"];
        return new Envelope(new MessageId(entry["m"].ToString()), new UserId(entry["f"].ToString()), user, body, (long)entry["t"])
        {
            Seq = ReadNumber(entry),
            Kind = entry["k"] == "r" ? EnvelopeKind.Receipt : EnvelopeKind.Message,
            ClientId = entry["i"],
            ContentType = entry["c"],
        };
    }

    /// <summary>The id of the entry with this seq: <c>0-42</c>.</summary>
    public static string EntryId(long seq) => string.Create(CultureInfo.InvariantCulture, $"0-{seq}");

    /// <summary>Reads <c>0-42</c>.</summary>
    public static long ReadNumber(StreamEntry entry) => long.Parse(entry.Id.ToString().AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture);
}
