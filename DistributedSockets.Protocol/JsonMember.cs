// Members of the objects that we write: a name that is ready to copy, and a value.
using System.Buffers;
using System.Buffers.Text;

namespace DistributedSockets.Protocol;

/// <summary>Appends one member each. A name comes with what stands around it, such as <c>,"seq":</c>.</summary>
internal static class JsonMember
{
    // -9223372036854775808
    private const int LongestNumber = 20;

    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, ReadOnlySpan<char> text)
    {
        writer.Write(name);
        JsonText.WriteString(writer, text);
    }

    public static void WriteIfAny(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            Write(writer, name, text);
        }
    }

    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, long number)
    {
        writer.Write(name);
        Utf8Formatter.TryFormat(number, writer.GetSpan(LongestNumber), out var written);
        writer.Advance(written);
    }

    public static void WriteIfAny(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, long number)
    {
        if (number != 0)
        {
            Write(writer, name, number);
        }
    }

    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, bool value)
    {
        writer.Write(name);
        writer.Write(value ? "true"u8 : "false"u8);
    }

    /// <summary>A value of somebody else's as the bytes that came, but for line breaks: between objects they part what stands in one frame.</summary>
    public static void WriteJson(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        writer.Write(name);
        if (json.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            writer.Write(json);
            return;
        }

        // Inside of a JSON string a line break is always escaped, so these are white space.
        var span = writer.GetSpan(json.Length)[..json.Length];
        json.Replace(span, (byte)'\n', (byte)' ');
        span.Replace((byte)'\r', (byte)' ');
        writer.Advance(json.Length);
    }
}
