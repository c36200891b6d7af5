// Messages of one sender that are kept together: one string in Redis instead of one for each of their parts.
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// Messages of one sender and device that follow each other and have nothing of their own but an id, the sender's id, a content type and a body. A script passes them on as one string, and
/// takes them apart only where it has to: as MessagePack, a list of these four for each message, <c>""</c> for no content type. What one of them costs in a script is what it has parts.
/// </summary>
internal static class MessageRow
{
    /// <summary>How many messages make up a row at most.</summary>
    public const int MostMessages = 64;

    /// <summary>How many bytes of bodies: what reads a few messages must not read much more.</summary>
    public const int MostBytes = 16 * 1024;

    private const int Parts = 4;

    /// <summary>Bytes before a text or a body, at most.</summary>
    private const int MostHead = 5;

    /// <summary>Whether a message may stand in a row.</summary>
    public static bool Takes(Envelope envelope) => envelope is { IsReliable: true, Kind: EnvelopeKind.Message, TtlSeconds: 0 };

    /// <summary>Splits messages, in their order, into rows and into messages that stand alone.</summary>
    public static IEnumerable<ArraySegment<Envelope>> Split(Envelope[] messages)
    {
        var start = 0;
        long bytes = 0;
        for (var index = 0; index < messages.Length; index++)
        {
            var (first, next) = (messages[start], messages[index]);
            var joins = index == start
                || (index - start < MostMessages && bytes + next.Body.Length <= MostBytes && Takes(first) && Takes(next) && next.From == first.From && next.SentBy == first.SentBy);
            if (!joins)
            {
                yield return new ArraySegment<Envelope>(messages, start, index - start);
                (start, bytes) = (index, 0);
            }

            bytes += next.Body.Length;
        }

        if (start < messages.Length)
        {
            yield return new ArraySegment<Envelope>(messages, start, messages.Length - start);
        }
    }

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<Envelope> messages)
    {
        var writer = new ArrayBufferWriter<byte>(MostHead + messages.Sum(
            message => (Parts * MostHead) + message.Id.Value.Length + message.ClientId!.Length + (message.ContentType?.Length ?? 0) + message.Body.Length));
        WriteListHead(writer, messages.Count * Parts);
        foreach (var message in messages)
        {
            WriteText(writer, message.Id.Value);
            WriteText(writer, message.ClientId!);
            WriteText(writer, message.ContentType ?? "");
            WriteHead(writer, message.Body.Length);
            writer.Write(message.Body.Span);
        }

        return writer.WrittenMemory;
    }

    /// <summary>
    /// What a log reads of a row without reading the row: as MessagePack, a list of how many messages there are, when they were stored, their sender and device, and for each its id and the
    /// length of its body.
    /// </summary>
    /// <param name="device">As it stands in Redis.</param>
    public static ReadOnlyMemory<byte> WriteIndex(IReadOnlyList<Envelope> messages, string device)
    {
        var writer = new ArrayBufferWriter<byte>(64 + messages.Sum(message => message.Id.Value.Length + 16));
        WriteListHead(writer, 4 + (messages.Count * 2));
        WriteNumber(writer, messages.Count);
        WriteNumber(writer, messages[0].SentAt);
        WriteText(writer, messages[0].From.Value);
        WriteText(writer, device);
        foreach (var message in messages)
        {
            WriteText(writer, message.Id.Value);
            WriteNumber(writer, message.Body.Length);
        }

        return writer.WrittenMemory;
    }

    /// <summary>Reads what <see cref="Write"/> has written. The bodies are slices of it.</summary>
    public static IEnumerable<RowMessage> Read(ReadOnlyMemory<byte> row)
    {
        var count = BinaryPrimitives.ReadUInt16BigEndian(row.Span[1..]) / Parts;
        row = row[3..];
        for (var index = 0; index < count; index++)
        {
            yield return new RowMessage(new MessageId(ReadText(ref row)), ReadText(ref row), ReadText(ref row) is { Length: > 0 } content ? content : null, ReadBytes(ref row));
        }
    }

    private static void WriteListHead(ArrayBufferWriter<byte> writer, int count)
    {
        writer.GetSpan(3)[0] = 0xdc;
        BinaryPrimitives.WriteUInt16BigEndian(writer.GetSpan(3)[1..], (ushort)count);
        writer.Advance(3);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> writer, long number)
    {
        writer.GetSpan(9)[0] = 0xcf;
        BinaryPrimitives.WriteInt64BigEndian(writer.GetSpan(9)[1..], number);
        writer.Advance(9);
    }

    private static void WriteText(ArrayBufferWriter<byte> writer, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteHead(writer, length);
        Encoding.UTF8.GetBytes(text, writer.GetSpan(length));
        writer.Advance(length);
    }

    private static void WriteHead(ArrayBufferWriter<byte> writer, int length)
    {
        var head = writer.GetSpan(MostHead);
        if (length < 32)
        {
            head[0] = (byte)(0xa0 | length);
            writer.Advance(1);
        }
        else if (length <= byte.MaxValue)
        {
            (head[0], head[1]) = (0xd9, (byte)length);
            writer.Advance(2);
        }
        else if (length <= ushort.MaxValue)
        {
            head[0] = 0xda;
            BinaryPrimitives.WriteUInt16BigEndian(head[1..], (ushort)length);
            writer.Advance(3);
        }
        else
        {
            head[0] = 0xdb;
            BinaryPrimitives.WriteInt32BigEndian(head[1..], length);
            writer.Advance(5);
        }
    }

    private static string ReadText(ref ReadOnlyMemory<byte> row) => Encoding.UTF8.GetString(ReadBytes(ref row).Span);

    private static ReadOnlyMemory<byte> ReadBytes(ref ReadOnlyMemory<byte> row)
    {
        var head = row.Span;
        var (start, length) = head[0] switch
        {
            0xd9 => (2, head[1]),
            0xda => (3, BinaryPrimitives.ReadUInt16BigEndian(head[1..])),
            0xdb => (5, BinaryPrimitives.ReadInt32BigEndian(head[1..])),
            _ => (1, head[0] & 0x1f),
        };
        var bytes = row.Slice(start, length);
        row = row[(start + length)..];
        return bytes;
    }
}

/// <summary>A message of a row.</summary>
internal readonly record struct RowMessage(MessageId Id, string ClientId, string? ContentType, ReadOnlyMemory<byte> Body);
