// Reads the spans of an OTLP export, as far as they are shown.
using System.Buffers.Binary;

namespace DistributedSockets.Web.Traces;

/// <summary>
/// Reads what <c>POST /v1/traces</c> carries, by field number:
/// <code>
/// request { 1 resource_spans { 1 resource { 1 attribute }  2 scope_spans { 2 span } } }
/// span    { 1 trace_id  2 span_id  4 parent_span_id  5 name  6 kind  7 start  8 end  9 attribute  11 event  13 link  15 status }
/// event   { 1 time  2 name  3 attribute }    link { 1 trace_id }    status { 2 message  3 code }
/// </code>
/// </summary>
/// <exception cref="InvalidDataException">From every member: it is something else, or cut off.</exception>
internal static class OtlpReader
{
    public const int MaxEntries = 64;

    private const int ErrorStatus = 2;

    public static List<TraceSpan> Read(ReadOnlySpan<byte> request)
    {
        var spans = new List<TraceSpan>();
        var fields = new ProtobufReader(request);
        while (fields.Next())
        {
            if (fields.Field == 1)
            {
                ReadResource(fields.Bytes, spans);
            }
        }

        return spans;
    }

    private static void ReadResource(ReadOnlySpan<byte> resourceSpans, List<TraceSpan> spans)
    {
        // The resource may stand behind its spans.
        var node = "unknown";
        var fields = new ProtobufReader(resourceSpans);
        while (fields.Next())
        {
            if (fields.Field == 1 && ServiceName(fields.Bytes) is { Length: > 0 } name)
            {
                node = name;
            }
        }

        fields = new ProtobufReader(resourceSpans);
        while (fields.Next())
        {
            if (fields.Field == 2)
            {
                ReadScope(fields.Bytes, node, spans);
            }
        }
    }

    private static string? ServiceName(ReadOnlySpan<byte> resource)
    {
        var fields = new ProtobufReader(resource);
        while (fields.Next())
        {
            if (fields.Field == 1 && OtlpAttributes.Read(fields.Bytes) is { Key: "service.name", Value: var name })
            {
                return name;
            }
        }

        return null;
    }

    private static void ReadScope(ReadOnlySpan<byte> scopeSpans, string node, List<TraceSpan> spans)
    {
        var fields = new ProtobufReader(scopeSpans);
        while (fields.Next())
        {
            if (fields.Field == 2)
            {
                spans.Add(ReadSpan(fields.Bytes, node));
            }
        }
    }

    private static TraceSpan ReadSpan(ReadOnlySpan<byte> span, string node)
    {
        UInt128 trace = 0;
        ulong id = 0, parent = 0, start = 0, end = 0;
        var (name, kind, omitted) = ("", SpanKind.Internal, 0);
        string? error = null;
        List<KeyValuePair<string, string>>? attributes = null;
        List<SpanEvent>? events = null;
        List<UInt128>? links = null;
        var fields = new ProtobufReader(span);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    trace = ReadTraceId(fields.Bytes);
                    break;
                case 2:
                    id = ReadSpanId(fields.Bytes);
                    break;
                case 4 when fields.Bytes.Length > 0:
                    parent = ReadSpanId(fields.Bytes);
                    break;
                case 5:
                    name = OtlpAttributes.Cut(fields.Text);
                    break;
                case 6:
                    // 0 is "not said"; the others are one above ours.
                    kind = fields.Number is >= 1 and <= 5 ? (SpanKind)(fields.Number - 1) : SpanKind.Internal;
                    break;
                case 7:
                    start = fields.Number;
                    break;
                case 8:
                    end = fields.Number;
                    break;
                case 9:
                    OtlpAttributes.Keep(ref attributes, OtlpAttributes.Read(fields.Bytes), ref omitted);
                    break;
                case 11:
                    OtlpAttributes.Keep(ref events, ReadEvent(fields.Bytes, ref omitted), ref omitted);
                    break;
                case 13:
                    OtlpAttributes.Keep(ref links, ReadLink(fields.Bytes), ref omitted);
                    break;
                case 15:
                    error = ReadError(fields.Bytes);
                    break;
            }
        }

        if (trace == 0 || id == 0)
        {
            throw new InvalidDataException("A span has no id.");
        }

        var began = ReadTime(start);
        var ended = ReadTime(Math.Max(start, end));
        return new TraceSpan(trace, id, parent, node, name, kind, began, ended - began, error, attributes ?? [], events ?? [], links ?? [], omitted);
    }

    private static SpanEvent ReadEvent(ReadOnlySpan<byte> happening, ref int omitted)
    {
        var (at, name) = (0UL, "");
        List<KeyValuePair<string, string>>? attributes = null;
        var fields = new ProtobufReader(happening);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    at = fields.Number;
                    break;
                case 2:
                    name = OtlpAttributes.Cut(fields.Text);
                    break;
                case 3:
                    OtlpAttributes.Keep(ref attributes, OtlpAttributes.Read(fields.Bytes), ref omitted);
                    break;
            }
        }

        return new SpanEvent(ReadTime(at), name, attributes ?? []);
    }

    private static UInt128 ReadLink(ReadOnlySpan<byte> link)
    {
        var fields = new ProtobufReader(link);
        while (fields.Next())
        {
            if (fields.Field == 1)
            {
                return ReadTraceId(fields.Bytes);
            }
        }

        throw new InvalidDataException("A link names no trace.");
    }

    private static string? ReadError(ReadOnlySpan<byte> status)
    {
        var (code, message) = (0UL, "");
        var fields = new ProtobufReader(status);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 2:
                    message = OtlpAttributes.Cut(fields.Text);
                    break;
                case 3:
                    code = fields.Number;
                    break;
            }
        }

        return code == ErrorStatus ? message : null;
    }

    private static UInt128 ReadTraceId(ReadOnlySpan<byte> id) =>
        id.Length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(id) : throw new InvalidDataException("A trace's id has 16 bytes.");

    private static ulong ReadSpanId(ReadOnlySpan<byte> id) =>
        id.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(id) : throw new InvalidDataException("A span's id has 8 bytes.");

    /// <summary>Nanoseconds since 1970; the largest is in the year 2554.</summary>
    private static DateTime ReadTime(ulong nanoseconds) => DateTime.UnixEpoch.AddTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick));
}
