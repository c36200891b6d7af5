// Envelopes as an entry of their recipient's stream.
using System.Globalization;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// An envelope as an entry of its recipient's stream, under <c>0-seq</c>; or several of one sender, under the seq of the last: <c>n</c> how many, <c>r</c> these as <see cref="MessageRow"/>
/// writes them, <c>f</c> and <c>t</c>. Of one: <c>m</c> id, <c>f</c> sender, <c>t</c> when it was stored, <c>b</c> body; where it has them,
/// <c>i</c> the sender's own id, <c>c</c> content type, <c>x</c> when it is due (else the inbox's own limit says), <c>k</c> <c>r</c> for a receipt, <c>e</c> for an edit, <c>d</c> for a
/// deletion, and of these two <c>o</c> the message that they are about. Of a copy of what the user has sent: <c>y</c> to whom, <c>u</c> when it was stored for them, <c>v</c> the device that
/// has sent it. Otherwise the recipient is in the key. Written by append.lua and append-owed.lua.
/// </summary>
internal static class StoredEnvelope
{
    /// <summary>Messages that make up one entry, as append.lua wants them.</summary>
    /// <param name="messages">One, or what <see cref="MessageRow.Takes"/>.</param>
    public static void WriteEntry(ArraySegment<Envelope> messages, List<RedisValue> arguments)
    {
        var first = messages[0];
        arguments.AddRange(
            messages.Count, first.IsReliable ? 1 : 0, first.From.Value, RedisKeys.DeviceField(first.SentBy ?? DeviceId.Plain), first.Id.Value,
            messages.Sum(message => message.Body.Length), first.TtlSeconds * 1000L);
        if (messages.Count == 1)
        {
            WriteFields(first, arguments);
        }
        else
        {
            arguments.AddRange(6, "f", first.From.Value, "n", messages.Count, "r", MessageRow.Write(messages));
        }

        if (first.IsReliable)
        {
            WriteOwnIds(messages, arguments);
            WriteRemembered(messages, arguments);
        }
    }

    /// <summary>A message, receipt or copy: how many fields and values, and these, but for times.</summary>
    public static void WriteFields(Envelope envelope, List<RedisValue> arguments)
    {
        var count = arguments.Count;
        arguments.AddRange(0, "m", envelope.Id.Value, "f", envelope.From.Value, "b", envelope.Body);
        Add("k", WriteKind(envelope.Kind));
        Add("i", envelope.ClientId);
        Add("c", envelope.ContentType);
        Add("o", envelope.Of?.Value);
        if (envelope.Copy is { } copy)
        {
            arguments.AddRange("y", copy.To.Value, "u", copy.At, "v", RedisKeys.DeviceField(envelope.SentBy ?? DeviceId.Plain));
        }

        arguments[count] = arguments.Count - count - 1;

        void Add(string field, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                arguments.AddRange(field, value);
            }
        }
    }

    /// <summary>The hashes of the sender's own ids: slices of one array.</summary>
    private static void WriteOwnIds(ArraySegment<Envelope> messages, List<RedisValue> arguments)
    {
        var rest = new byte[EnvelopeHash.IdBytes * messages.Count].AsMemory();
        foreach (var message in messages)
        {
            var hash = Take(ref rest, EnvelopeHash.IdBytes);
            EnvelopeHash.WriteId(message.From, message.ClientId!, hash.Span);
            arguments.Add(hash);
        }
    }

    /// <summary>What is remembered of each message under the sender's own id, but for place and time: the hash of its body, and its id. Slices of one array.</summary>
    private static void WriteRemembered(ArraySegment<Envelope> messages, List<RedisValue> arguments)
    {
        var rest = new byte[messages.Sum(message => sizeof(ulong) + Encoding.UTF8.GetByteCount(message.Id.Value))].AsMemory();
        foreach (var message in messages)
        {
            var remembered = Take(ref rest, sizeof(ulong) + Encoding.UTF8.GetByteCount(message.Id.Value));
            BitConverter.TryWriteBytes(remembered.Span, EnvelopeHash.OfBody(message));
            Encoding.UTF8.GetBytes(message.Id.Value, remembered.Span[sizeof(ulong)..]);
            arguments.Add(remembered);
        }
    }

    private static Memory<byte> Take(ref Memory<byte> rest, int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static string WriteKind(EnvelopeKind kind) => kind switch
    {
        EnvelopeKind.Receipt => "r",
        EnvelopeKind.Edit => "e",
        EnvelopeKind.Delete => "d",
        _ => "",
    };

    /// <summary>The messages of an entry, in their order.</summary>
    public static IEnumerable<Envelope> Read(UserId user, StreamEntry entry)
    {
        if (entry["r"] is not { IsNull: false } row)
        {
            return [ReadOne(user, entry)];
        }

        var (from, at, last, count) = (new UserId(entry["f"].ToString()), (long)entry["t"], ReadNumber(entry), (int)entry["n"]);
        return MessageRow.Read((byte[])row!).Select((message, index) => new Envelope(message.Id, from, user, message.Body, at)
        {
            Seq = last - count + 1 + index,
            ClientId = message.ClientId,
            ContentType = message.ContentType,
        });
    }

    private static Envelope ReadOne(UserId user, StreamEntry entry)
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
