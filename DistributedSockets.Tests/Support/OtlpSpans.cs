// Reads the few fields of an OTLP trace export that tests look at.
using System.Text;

namespace DistributedSockets.Tests.Support;

/// <summary>
/// The part of OTLP's protobuf that tests look at, by field number:
/// <code>
/// ExportTraceServiceRequest { 1 resource_spans { 1 resource { 1 attributes { 1 key  2 value { 1 string } } }
///                                               2 scope_spans { 2 spans { 1 trace_id  2 span_id  4 parent_span_id  5 name } } } }
/// </code>
/// </summary>
internal static class OtlpSpans
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    public static IEnumerable<ReceivedSpan> Read(byte[] request)
    {
        foreach (var resourceSpans in Fields(request, 1))
        {
            var service = Fields(resourceSpans, 1).SelectMany(resource => Fields(resource, 1))
                .Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Fields(attribute, 2).First(), 1))
                .FirstOrDefault("");
            foreach (var span in Fields(resourceSpans, 2).SelectMany(scope => Fields(scope, 2)))
            {
                yield return new ReceivedSpan(service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5));
            }
        }
    }

    private static string Text(ReadOnlyMemory<byte> message, int field) => Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault().Span);

    private static string Hex(ReadOnlyMemory<byte> message, int field) => Convert.ToHexStringLower(Fields(message, field).FirstOrDefault().Span);

    /// <summary>Every occurrence of a field that has a length.</summary>
    private static List<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int wanted)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        while (!message.IsEmpty)
        {
            var tag = ReadVarint(ref message);
            switch ((int)(tag & 7))
            {
                case Varint:
                    ReadVarint(ref message);
                    break;
                case Fixed64:
                    message = message[8..];
                    break;
                case Fixed32:
                    message = message[4..];
                    break;
                case Bytes:
                    var length = (int)ReadVarint(ref message);
                    if ((int)(tag >> 3) == wanted)
                    {
                        found.Add(message[..length]);
                    }

                    message = message[length..];
                    break;
                default:
                    throw new FormatException($"Not protobuf: wire type {tag & 7}.");
            }
        }

        return found;
    }

    private static ulong ReadVarint(ref ReadOnlyMemory<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message.Span[0];
            message = message[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
