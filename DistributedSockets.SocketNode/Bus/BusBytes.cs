// How the bus's codecs write and read: numbers as LEB128, texts and blobs behind their length.
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>Appends to a buffer; it cannot fail.</summary>
internal readonly ref struct BusWriter(IBufferWriter<byte> output)
{
    public void WriteByte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void WriteNumber(long value)
    {
        var rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7)
        {
            WriteByte((byte)(rest | 0x80));
        }

        WriteByte((byte)rest);
    }

    public void WriteText(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        WriteNumber(length);
        Encoding.UTF8.GetBytes(value, output.GetSpan(length));
        output.Advance(length);
    }

    public void WriteBlob(ReadOnlySpan<byte> value)
    {
        WriteNumber(value.Length);
        output.Write(value);
    }

    public void WriteBytes(ReadOnlySpan<byte> value) => output.Write(value);
}

/// <summary>Reads what <see cref="BusWriter"/> wrote, or anything at all: each member tells whether the bytes allowed it, and none throws.</summary>
internal ref struct BusReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    public readonly int Remaining => _rest.Length;

    public bool TryReadByte(out byte value)
    {
        value = _rest.IsEmpty ? (byte)0 : _rest[0];
        return TryReadBytes(1, out _);
    }

    /// <summary>A number from 0 to <paramref name="max"/>.</summary>
    public bool TryReadNumber(long max, out long value)
    {
        ulong number = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!TryReadByte(out var part))
            {
                break;
            }

            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                value = (long)number;
                return value >= 0 && value <= max;
            }
        }

        value = 0;
        return false;
    }

    /// <summary>A text of 1 to <paramref name="maxBytes"/> bytes of valid UTF-8.</summary>
    public bool TryReadText(int maxBytes, out string value)
    {
        var isText = TryReadUtf8(maxBytes, out var bytes);
        value = Encoding.UTF8.GetString(bytes);
        return isText;
    }

    /// <summary>The same as the bytes that it is.</summary>
    public bool TryReadUtf8(int maxBytes, out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadNumber(maxBytes, out var length) && length > 0 && TryReadBytes(length, out value) && Utf8.IsValid(value);
    }

    public bool TryReadBlob(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadNumber(_rest.Length, out var length) && TryReadBytes(length, out value);
    }

    public bool TryReadBytes(long length, out ReadOnlySpan<byte> value)
    {
        if (length > _rest.Length)
        {
            value = default;
            return false;
        }

        value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }
}
