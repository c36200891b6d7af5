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
/// envelope = mid from to sentAt hops seq several(1) trace body
/// trace    = 0 | 1 trace-id(16) span-id(8) flags(1)
/// </code>
/// Numbers and lengths as <see cref="BusWriter"/> writes them. A node of another version must be able to tell that it can't read this: hence the first byte.
/// </summary>
internal static class EnvelopeCodec
{
    private const byte Version = 1;
    private const int MaxIdBytes = IdRules.MaxScalars * 4;
    private const int TraceBytes = 25;

    /// <summary>The least that an envelope takes: one byte for each number and flag, two for each id (with its length).</summary>
    private const int LeastBytes = 12;

    /// <summary>What an envelope takes at most, apart from an unusual id: for the limits on batches, not for allocation.</summary>
    public static int Weigh(Envelope envelope) =>
        64 + envelope.Id.Value.Length + envelope.From.Value.Length + envelope.To.Value.Length + envelope.Body.Length;

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
        writer.WriteByte(envelope.IsOneOfSeveral ? (byte)1 : (byte)0);
        WriteTrace(writer, envelope.Trace);
        writer.WriteBlob(envelope.Body.Span);
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
            || !reader.TryReadByte(out var several)
            || !TryReadTrace(ref reader, out var trace)
            || !reader.TryReadBlob(out var body))
        {
            return false;
        }

        // The body gets an array of its own: the client takes the message's buffer back, and one array for all would let a slow reader
        // that holds a single small body hold the whole batch.
        envelope = new Envelope(new MessageId(id), new UserId(from), new UserId(to), body.ToArray(), sentAt, trace)
        {
            Hops = (int)hops,
            Seq = seq,
            IsOneOfSeveral = several == 1,
        };
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
