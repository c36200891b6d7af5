// Envelopes -> the bytes of one broker message. Back: EnvelopeReader.cs.
using System.Buffers;
using System.Diagnostics;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Envelopes -> the bytes of one broker message.
/// <code>
/// message  = version(1) envelope+
/// envelope = parts mid from to sentAt body [hops] [seq] [epoch] [id] [ct] [ttl] [listener] [trace] [of] [copy]
/// mid      = uuid(16), or a text if parts say so
/// listener = node number user connection
/// trace    = trace-id(16) span-id(8) flags(1)
/// copy     = to at device, which may be empty
/// </code>
/// <c>parts</c> is a number: what the envelope is and which of the optional fields follow; a fast message that nothing follows has none of them.
/// Numbers and lengths as <see cref="BusWriter"/> writes them. A node of another version must be able to tell that it can't read this: hence the first byte. One that knows fewer parts takes a
/// number that is too high for no message of its own.
/// </summary>
internal static class EnvelopeCodec
{
    public const byte Version = 3;
    public const int UuidBytes = 16;
    public const int TraceBytes = 25;

    [Flags]
    public enum Parts
    {
        None = 0,
        OneOfSeveral = 1,
        Receipt = 2,
        Hops = 4,
        Seq = 8,
        Epoch = 16,
        ClientId = 32,
        ContentType = 64,
        Ttl = 128,
        HopListener = 256,
        Trace = 512,

        /// <summary>The message's id is no UUID of ours.</summary>
        TextId = 1024,
        Edit = 2048,
        Delete = 4096,
        Copy = 8192,
        All = 16383,
    }

    /// <summary>Begins a message: envelopes follow.</summary>
    public static void Begin(IBufferWriter<byte> output) => new BusWriter(output).WriteByte(Version);

    public static void Write(IBufferWriter<byte> output, in FastMessage message)
    {
        var writer = new BusWriter(output);
        writer.WriteNumber((long)Parts.None);
        WriteUuid(writer, message.Id);
        writer.WriteText(message.From.Value);
        writer.WriteText(message.To.Value);
        writer.WriteNumber(message.SentAt);
        writer.WriteBlob(message.Body);
    }

    public static void Write(IBufferWriter<byte> output, Envelope envelope)
    {
        var writer = new BusWriter(output);
        var isUuid = Guid.TryParseExact(envelope.Id.Value, "N", out var uuid);
        var parts = PartsOf(envelope) | (isUuid ? Parts.None : Parts.TextId);
        writer.WriteNumber((long)parts);
        if (isUuid)
        {
            WriteUuid(writer, uuid);
        }
        else
        {
            writer.WriteText(envelope.Id.Value);
        }

        writer.WriteText(envelope.From.Value);
        writer.WriteText(envelope.To.Value);
        writer.WriteNumber(envelope.SentAt);
        writer.WriteBlob(envelope.Body.Span);
        if (parts != Parts.None)
        {
            WriteOptional(writer, envelope, parts);
        }
    }

    private static Parts PartsOf(Envelope envelope) =>
        (envelope.IsOneOfSeveral ? Parts.OneOfSeveral : Parts.None)
        | (envelope.Kind == EnvelopeKind.Receipt ? Parts.Receipt : Parts.None)
        | (envelope.Kind == EnvelopeKind.Edit ? Parts.Edit : Parts.None)
        | (envelope.Kind == EnvelopeKind.Delete ? Parts.Delete : Parts.None)
        | (envelope.Copy is null ? Parts.None : Parts.Copy)
        | (envelope.Hops == 0 ? Parts.None : Parts.Hops)
        | (envelope.Seq == 0 ? Parts.None : Parts.Seq)
        | (envelope.Epoch is null ? Parts.None : Parts.Epoch)
        | (envelope.ClientId is null ? Parts.None : Parts.ClientId)
        | (envelope.ContentType is null ? Parts.None : Parts.ContentType)
        | (envelope.TtlSeconds == 0 ? Parts.None : Parts.Ttl)
        | (envelope.HopListener is null ? Parts.None : Parts.HopListener)
        | (envelope.Trace == default ? Parts.None : Parts.Trace);

    private static void WriteOptional(BusWriter writer, Envelope envelope, Parts parts)
    {
        if (parts.HasFlag(Parts.Hops))
        {
            writer.WriteNumber(envelope.Hops);
        }

        if (parts.HasFlag(Parts.Seq))
        {
            writer.WriteNumber(envelope.Seq);
        }

        foreach (var text in (ReadOnlySpan<string?>)[envelope.Epoch, envelope.ClientId, envelope.ContentType])
        {
            if (text is not null)
            {
                writer.WriteText(text);
            }
        }

        if (parts.HasFlag(Parts.Ttl))
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

        if (parts.HasFlag(Parts.Trace))
        {
            WriteTrace(writer, envelope.Trace);
        }

        if (envelope.IsChange)
        {
            writer.WriteText(envelope.Of!.Value.Value);
        }

        if (envelope.Copy is { } copy)
        {
            writer.WriteText(copy.To.Value);
            writer.WriteNumber(copy.At);
            writer.WriteText(envelope.SentBy?.Value ?? "");
        }
    }

    private static void WriteUuid(BusWriter writer, Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[UuidBytes];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        writer.WriteBytes(bytes);
    }

    private static void WriteTrace(BusWriter writer, ActivityContext trace)
    {
        Span<byte> bytes = stackalloc byte[TraceBytes];
        trace.TraceId.CopyTo(bytes[..16]);
        trace.SpanId.CopyTo(bytes[16..24]);
        bytes[24] = (byte)trace.TraceFlags;
        writer.WriteBytes(bytes);
    }
}
