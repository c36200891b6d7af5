// What was sent to a room <-> the bytes of one broker message.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// What was sent to a room &lt;-&gt; the bytes of one broker message, numbers, texts and blobs as <see cref="BusWriter"/> writes them:
/// <code>
/// batch = version(1) room node number epoch rseq entry*
/// entry = kind(1) rseq mid from device client-id body at ct of
/// </code>
/// What may be absent (epoch, device, client-id, ct, of) is a blob, and empty then.
/// </summary>
internal static class RoomBatchCodec
{
    public const byte Version = 1;
    private const int MaxIdBytes = IdRules.MaxScalars * 4;

    public static ReadOnlyMemory<byte> Encode(RoomBatch batch)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new BusWriter(output);
        writer.WriteByte(Version);
        writer.WriteText(batch.Room.Value);
        writer.WriteText(batch.From.Node.Value);
        writer.WriteNumber(batch.From.Number);
        WriteOptional(writer, batch.End.Epoch);
        writer.WriteNumber(batch.End.Rseq);
        foreach (var entry in batch.Entries)
        {
            writer.WriteByte((byte)entry.Kind);
            writer.WriteNumber(entry.Rseq);
            writer.WriteText(entry.Id.Value);
            writer.WriteText(entry.From.Value);
            WriteOptional(writer, entry.Device.Value);
            WriteOptional(writer, entry.ClientId);
            writer.WriteBlob(entry.Body.Span);
            writer.WriteNumber(entry.At);
            WriteOptional(writer, entry.ContentType);
            WriteOptional(writer, entry.Of?.Value);
        }

        return output.WrittenMemory;
    }

    /// <summary>Reads any bytes whatever; false is poison. Never throws. Nothing of the bytes is kept.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out RoomBatch? batch)
    {
        batch = null;
        var reader = new BusReader(bytes);
        if (!reader.TryReadByte(out var version) || version != Version
            || !reader.TryReadText(MaxIdBytes, out var room)
            || !reader.TryReadText(MaxIdBytes, out var node)
            || !reader.TryReadNumber(long.MaxValue, out var number)
            || !TryReadOptional(ref reader, out var epoch)
            || !reader.TryReadNumber(long.MaxValue, out var rseq))
        {
            return false;
        }

        var entries = new List<LogEntry>();
        while (reader.Remaining > 0)
        {
            if (!TryReadEntry(ref reader, out var entry))
            {
                return false;
            }

            entries.Add(entry);
        }

        batch = new RoomBatch(new RoomId(room), new NodeIncarnation(new NodeId(node), number), new LogEnd(rseq, epoch), entries);
        return true;
    }

    private static bool TryReadEntry(ref BusReader reader, [NotNullWhen(true)] out LogEntry? entry)
    {
        entry = null;
        if (!reader.TryReadByte(out var kind) || kind > (byte)LogEntryKind.Delete
            || !reader.TryReadNumber(long.MaxValue, out var rseq)
            || !reader.TryReadText(MaxIdBytes, out var id)
            || !reader.TryReadText(MaxIdBytes, out var from)
            || !TryReadOptional(ref reader, out var device)
            || !TryReadOptional(ref reader, out var clientId)
            || !reader.TryReadBlob(out var body)
            || !reader.TryReadNumber(long.MaxValue, out var at)
            || !TryReadOptional(ref reader, out var contentType)
            || !TryReadOptional(ref reader, out var of))
        {
            return false;
        }

        if ((of is null) != ((LogEntryKind)kind == LogEntryKind.Message))
        {
            return false;
        }

        entry = new LogEntry(
            rseq, (LogEntryKind)kind, new MessageId(id), new UserId(from), new DeviceId(device ?? DeviceId.Plain.Value), clientId ?? "", body.ToArray(), at)
        {
            ContentType = contentType,
            Of = of is null ? null : new MessageId(of),
        };
        return true;
    }

    private static void WriteOptional(BusWriter writer, string? text) => writer.WriteBlob(Encoding.UTF8.GetBytes(text ?? ""));

    private static bool TryReadOptional(ref BusReader reader, out string? text)
    {
        text = null;
        if (!reader.TryReadBlob(out var blob) || blob.Length > MaxIdBytes || !System.Text.Unicode.Utf8.IsValid(blob))
        {
            return false;
        }

        text = blob.IsEmpty ? null : Encoding.UTF8.GetString(blob);
        return true;
    }
}
