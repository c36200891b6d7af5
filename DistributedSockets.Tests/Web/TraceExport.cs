// Writes OTLP exports as an exporter does, and as none does.
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using DistributedSockets.Web.Traces;

namespace DistributedSockets.Tests.Web;

/// <summary>A protobuf message that a test makes, field by field.</summary>
internal sealed class TraceExport
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public TraceExport Number(int field, ulong value)
    {
        Varint((ulong)field << 3);
        Varint(value);
        return this;
    }

    public TraceExport Fixed(int field, ulong value)
    {
        Varint(((ulong)field << 3) | 1);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public TraceExport Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public TraceExport Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public TraceExport Message(int field, TraceExport value) => Bytes(field, value.ToArray());

    public TraceExport Attribute(int field, string key, string value) => Message(field, new TraceExport().Text(1, key).Message(2, new TraceExport().Text(1, value)));

    public TraceExport Attribute(int field, string key, TraceExport value) => Message(field, new TraceExport().Text(1, key).Message(2, value));

    /// <summary>A whole request: spans of one node.</summary>
    public static byte[] Of(string node, params TraceExport[] spans)
    {
        var scope = new TraceExport();
        foreach (var span in spans)
        {
            scope.Message(2, span);
        }

        // The resource last, where a reader must not expect it.
        return new TraceExport().Message(1, new TraceExport().Message(2, scope).Message(1, new TraceExport().Attribute(1, "service.name", node))).ToArray();
    }

    public static TraceExport Span(string name, ulong trace = 7, ulong id = 1, ulong parent = 0, ulong start = 1_764_000_000_000_000_000, ulong nanoseconds = 1000)
    {
        var span = new TraceExport().Bytes(1, TraceBytes(trace)).Bytes(2, SpanBytes(id)).Bytes(4, parent == 0 ? [] : SpanBytes(parent));
        return span.Text(5, name).Number(6, 2).Fixed(7, start).Fixed(8, start + nanoseconds);
    }

    public static byte[] TraceBytes(ulong id) => [0, 0, 0, 0, 0, 0, 0, 0, .. SpanBytes(id)];

    public static byte[] SpanBytes(ulong id)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, id);
        return bytes;
    }

    /// <summary>A span as it is kept; times in microseconds from an hour that does not matter.</summary>
    public static TraceSpan Kept(string name, ulong id, ulong parent = 0, double start = 0, double duration = 100, string node = "node-1", ulong trace = 7, string? error = null,
        (string Key, string Value)[]? attributes = null, UInt128[]? links = null) =>
        new(trace, id, parent, node, name, SpanKind.Internal, new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc).AddMicroseconds(start), TimeSpan.FromMicroseconds(duration), error,
            [.. (attributes ?? []).Select(attribute => KeyValuePair.Create(attribute.Key, attribute.Value))], [], links ?? [], 0);

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }

        _bytes.Write([(byte)value]);
    }
}
