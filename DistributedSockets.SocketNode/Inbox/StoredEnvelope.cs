// An envelope as an entry of its recipient's stream.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// An envelope as an entry of its recipient's stream, under <c>0-seq</c>: <c>m</c> id, <c>f</c> sender, <c>t</c> when it was stored, <c>b</c> body; where it has them,
/// <c>i</c> the sender's own id, <c>c</c> content type, <c>x</c> when it is due (else the inbox's own limit says), <c>k</c> <c>r</c> for a receipt, <c>e</c> for an edit, <c>d</c> for a
/// deletion, and of these two <c>o</c> the message that they are about. Of a copy of what the user has sent: <c>y</c> to whom, <c>u</c> when it was stored for them, <c>v</c> the device that
/// has sent it. Otherwise the recipient is in the key. Written by append.lua and append-owed.lua.
/// </summary>
internal static class StoredEnvelope
{
    /// <summary>How many arguments of append.lua stand for one envelope.</summary>
    public const int ArgumentCount = 11;

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
        arguments[8] = WriteKind(envelope.Kind);
        arguments[9] = envelope.Of?.Value ?? "";
        arguments[10] = RedisKeys.DeviceField(envelope.SentBy ?? DeviceId.Plain);
    }

    /// <summary>A receipt or a copy as append-owed.lua wants it: how many fields and values, and these.</summary>
    public static IReadOnlyList<RedisValue> WriteOwed(Envelope envelope)
    {
        List<RedisValue> values = [0, "m", envelope.Id.Value, "f", envelope.From.Value, "b", envelope.Body];
        Add("k", WriteKind(envelope.Kind));
        Add("i", envelope.ClientId);
        Add("c", envelope.ContentType);
        Add("o", envelope.Of?.Value);
        if (envelope.Copy is { } copy)
        {
            values.AddRange("y", copy.To.Value, "u", copy.At, "v", RedisKeys.DeviceField(envelope.SentBy ?? DeviceId.Plain));
        }

        values[0] = values.Count - 1;
        return values;

        void Add(string field, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                values.AddRange(field, value);
            }
        }
    }

    private static string WriteKind(EnvelopeKind kind) => kind switch
    {
        EnvelopeKind.Receipt => "r",
        EnvelopeKind.Edit => "e",
        EnvelopeKind.Delete => "d",
        _ => "",
    };

    public static Envelope Read(UserId user, StreamEntry entry)
    {
        ReadOnlyMemory<byte> body = entry["b"];
        return new Envelope(new MessageId(entry["m"].ToString()), new UserId(entry["f"].ToString()), user, body, (long)entry["t"])
        {
            Seq = ReadNumber(entry),
            Kind = ReadKind(entry["k"]),
            ClientId = entry["i"],
            ContentType = entry["c"],
            TtlSeconds = entry["x"] is { IsNull: false } due ? (int)(((long)due - (long)entry["t"]) / 1000) : 0,
            Of = entry["o"] is { IsNull: false } of ? new MessageId(of.ToString()) : null,
            Copy = entry["y"] is { IsNull: false } to ? new SentCopy(new UserId(to.ToString()), (long)entry["u"]) : null,
            SentBy = entry["v"] is { IsNull: false } device ? RedisKeys.ReadDeviceField(device.ToString()) : null,
        };
    }

    private static EnvelopeKind ReadKind(RedisValue kind) => kind.ToString() switch
    {
        "r" => EnvelopeKind.Receipt,
        "e" => EnvelopeKind.Edit,
        "d" => EnvelopeKind.Delete,
        _ => EnvelopeKind.Message,
    };

    /// <summary>The id of the entry with this seq: <c>0-42</c>.</summary>
    public static string EntryId(long seq) => string.Create(CultureInfo.InvariantCulture, $"0-{seq}");

    /// <summary>Reads <c>0-42</c>.</summary>
    public static long ReadNumber(StreamEntry entry) => long.Parse(entry.Id.ToString().AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture);
}
