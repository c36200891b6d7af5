// Envelopes <-> the bytes of one broker message.
using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Envelopes &lt;-&gt; the bytes of one broker message.
/// <code>
/// message  = version(1) count envelope*
/// envelope = mid from to sentAt hops seq parts(1) [epoch] [id] [ct] [ttl] [listener] trace body
/// listener = node number user connection
/// trace    = 0 | 1 trace-id(16) span-id(8) flags(1)
/// </code>
/// <c>parts</c> says what it is and which of the optional fields follow.
/// Numbers and lengths as <see cref="BusWriter"/> writes them. A node of another version must be able to tell that it can't read this: hence the first byte.
/// </summary>
internal static class EnvelopeCodec
{
    private const byte Version = 2;
    private const int MaxIdBytes = IdRules.MaxScalars * 4;
    private const int TraceBytes = 25;

    [Flags]
    private enum Parts : byte
    {
        None = 0,
        OneOfSeveral = 1,
        Receipt = 2,
        Epoch = 4,
        ClientId = 8,
        ContentType = 16,
        Ttl = 32,
        HopListener = 64,
        All = 127,
    }

    /// <summary>The least that an envelope takes: one byte for each number and flag, two for each id (with its length).</summary>
    private const int LeastBytes = 12;

    /// <summary>What an envelope takes at most, apart from an unusual id: for the limits on batches, not for allocation.</summary>
    public static int Weigh(Envelope envelope) =>
        96 + envelope.Id.Value.Length + envelope.From.Value.Length + envelope.To.Value.Length + envelope.Body.Length
        + (envelope.ClientId?.Length ?? 0) + (envelope.ContentType?.Length ?? 0) + (envelope.HopListener is null ? 0 : 256);

    public static ReadOnlyMemory<byte> Encode(IReadOnlyList<Envelope> envelopes)
    {
        var output = new ArrayBufferWriter<byte>(8 + envelopes.Sum(Weigh));
        var writer = new BusWriter(output);
        writer.WriteByte(Version);
        writer.WriteNumber(envelopes.Count);
        foreach (var envelope in envelopes)
        {
            Write(writer, envelope);
        }

        return output.WrittenMemory;
    }

    /// <summary>Reads any bytes whatever: what this returns false for is poison, and <paramref name="problem"/> says why. Never throws.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out IReadOnlyList<Envelope> envelopes, [NotNullWhen(false)] out string? problem)
    {
        envelopes = [];
        var reader = new BusReader(bytes);
        if (!reader.TryReadByte(out var version) || version != Version)
        {
            problem = "unknown version";
            return false;
        }

        // The count is believed only as far as the bytes can bear it out: a forged one must not allocate.
        if (!reader.TryReadNumber(reader.Remaining / LeastBytes, out var count) || count == 0)
        {
            problem = "bad count";
            return false;
        }

        var read = new Envelope[count];
        for (var index = 0; index < read.Length; index++)
        {
            if (!TryRead(ref reader, out var envelope))
            {
                problem = "bad envelope";
                return false;
            }

            read[index] = envelope;
        }

        if (reader.Remaining > 0)
        {
            problem = "bytes behind the end";
            return false;
        }

        envelopes = read;
        problem = null;
        return true;
    }

    private static void Write(BusWriter writer, Envelope envelope)
    {
        writer.WriteText(envelope.Id.Value);
        writer.WriteText(envelope.From.Value);
        writer.WriteText(envelope.To.Value);
        writer.WriteNumber(envelope.SentAt);
        writer.WriteNumber(envelope.Hops);
        writer.WriteNumber(envelope.Seq);
        WriteParts(writer, envelope);
        WriteTrace(writer, envelope.Trace);
        writer.WriteBlob(envelope.Body.Span);
    }

    private static void WriteParts(BusWriter writer, Envelope envelope)
    {
        var parts = (envelope.IsOneOfSeveral ? Parts.OneOfSeveral : Parts.None)
            | (envelope.Kind == EnvelopeKind.Receipt ? Parts.Receipt : Parts.None)
            | (envelope.Epoch is null ? Parts.None : Parts.Epoch)
            | (envelope.ClientId is null ? Parts.None : Parts.ClientId)
            | (envelope.ContentType is null ? Parts.None : Parts.ContentType)
            | (envelope.TtlSeconds == 0 ? Parts.None : Parts.Ttl)
            | (envelope.HopListener is null ? Parts.None : Parts.HopListener);
        writer.WriteByte((byte)parts);
        foreach (var text in (ReadOnlySpan<string?>)[envelope.Epoch, envelope.ClientId, envelope.ContentType])
        {
            if (text is not null)
            {
                writer.WriteText(text);
            }
        }

        if (envelope.TtlSeconds != 0)
        {
            writer.WriteNumber(envelope.TtlSeconds);
        }

        if (envelope.HopListener is { } listener)
        {
            writer.WriteText(listener.Node.Node.Value);
            writer.WriteNumber(listener.Node.Number);
            writer.WriteText(listener.User.Value);
            writer.WriteText(listener.Connection.Value);
        }
    }

    private static bool TryRead(ref BusReader reader, [NotNullWhen(true)] out Envelope? envelope)
    {
        envelope = null;
        if (!reader.TryReadText(MaxIdBytes, out var id)
            || !reader.TryReadText(MaxIdBytes, out var from)
            || !reader.TryReadText(MaxIdBytes, out var to)
            || !reader.TryReadNumber(long.MaxValue, out var sentAt)
            || !reader.TryReadNumber(int.MaxValue, out var hops)
            || !reader.TryReadNumber(long.MaxValue, out var seq)
            || !TryReadParts(ref reader, out var optional)
            || !TryReadTrace(ref reader, out var trace)
            || !reader.TryReadBlob(out var body))
        {
            return false;
        }

        // The body gets an array of its own: the client takes the message's buffer back, and one array for all would let a slow reader
        // that holds a single small body hold the whole batch.
        envelope = optional with
        {
            Id = new MessageId(id),
            From = new UserId(from),
            To = new UserId(to),
            Body = body.ToArray(),
            SentAt = sentAt,
            Trace = trace,
            Hops = (int)hops,
            Seq = seq,
        };
        return true;
    }

    /// <summary>Reads what may be there or not into an envelope that has nothing else yet.</summary>
    private static bool TryReadParts(ref BusReader reader, out Envelope optional)
    {
        optional = new Envelope(default, default, default, default, 0);
        if (!reader.TryReadByte(out var flags) || flags > (byte)Parts.All)
        {
            return false;
        }

        var parts = (Parts)flags;
        if (!TryReadText(ref reader, parts.HasFlag(Parts.Epoch), out var epoch)
            || !TryReadText(ref reader, parts.HasFlag(Parts.ClientId), out var clientId)
            || !TryReadText(ref reader, parts.HasFlag(Parts.ContentType), out var contentType))
        {
            return false;
        }

        var ttl = 0L;
        HopListener? listener = null;
        if ((parts.HasFlag(Parts.Ttl) && !reader.TryReadNumber(int.MaxValue, out ttl))
            || (parts.HasFlag(Parts.HopListener) && !TryReadListener(ref reader, out listener)))
        {
            return false;
        }

        optional = optional with
        {
            IsOneOfSeveral = parts.HasFlag(Parts.OneOfSeveral),
            Kind = parts.HasFlag(Parts.Receipt) ? EnvelopeKind.Receipt : EnvelopeKind.Message,
            Epoch = epoch,
            ClientId = clientId,
            ContentType = contentType,
            TtlSeconds = (int)ttl,
            HopListener = listener,
        };
        return true;
    }

    private static bool TryReadText(ref BusReader reader, bool isThere, out string? text)
    {
        text = null;
        return !isThere || reader.TryReadText(MaxIdBytes, out text);
    }

    private static bool TryReadListener(ref BusReader reader, out HopListener? listener)
    {
        listener = null;
        if (!reader.TryReadText(MaxIdBytes, out var node) || !reader.TryReadNumber(long.MaxValue, out var number)
            || !reader.TryReadText(MaxIdBytes, out var user) || !reader.TryReadText(MaxIdBytes, out var connection))
        {
            return false;
        }

        listener = new HopListener(new NodeIncarnation(new NodeId(node), number), new UserId(user), new ConnectionId(connection));
        return true;
    }

    private static void WriteTrace(BusWriter writer, ActivityContext trace)
    {
        if (trace == default)
        {
            writer.WriteByte(0);
            return;
        }

        Span<byte> bytes = stackalloc byte[TraceBytes];
        trace.TraceId.CopyTo(bytes[..16]);
        trace.SpanId.CopyTo(bytes[16..24]);
        bytes[24] = (byte)trace.TraceFlags;
        writer.WriteByte(1);
        writer.WriteBytes(bytes);
    }

    private static bool TryReadTrace(ref BusReader reader, out ActivityContext trace)
    {
        trace = default;
        if (!reader.TryReadByte(out var present) || present > 1)
        {
            return false;
        }

        if (present == 0)
        {
            return true;
        }

        if (!reader.TryReadBytes(TraceBytes, out var bytes))
        {
            return false;
        }

        trace = new ActivityContext(
            ActivityTraceId.CreateFromBytes(bytes[..16]),
            ActivitySpanId.CreateFromBytes(bytes[16..24]),
            (ActivityTraceFlags)bytes[24],
            isRemote: true);
        return true;
    }
}
