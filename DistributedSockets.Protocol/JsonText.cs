// Strings that we write: escaped only where JSON demands it.
using System.Buffers;
using System.Text;

namespace DistributedSockets.Protocol;

/// <summary>Writes JSON strings as <c>JSON.stringify</c> does. The encoders of System.Text.Json escape more than that.</summary>
public static class JsonText
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    /// <summary>Appends <paramref name="text"/> in quotes. It must be valid UTF-16; ids are checked for that before.</summary>
    public static void WriteString(IBufferWriter<byte> writer, ReadOnlySpan<char> text)
    {
        writer.Write("\""u8);
        for (var next = text.IndexOfAny(Escaped); next >= 0; next = text.IndexOfAny(Escaped))
        {
            Encoding.UTF8.GetBytes(text[..next], writer);
            WriteEscape(writer, text[next]);
            text = text[(next + 1)..];
        }

        Encoding.UTF8.GetBytes(text, writer);
        writer.Write("\""u8);
    }

    private static void WriteEscape(IBufferWriter<byte> writer, char character)
    {
        ReadOnlySpan<byte> known = character switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\b' => "\\b"u8,
            '\f' => "\\f"u8,
            '\n' => "\\n"u8,
            '\r' => "\\r"u8,
            '\t' => "\\t"u8,
            _ => default,
        };
        if (!known.IsEmpty)
        {
            writer.Write(known);
            return;
        }

        var digits = "0123456789abcdef"u8;
        writer.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', digits[character >> 4], digits[character & 15]]);
    }
}
