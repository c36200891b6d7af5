// Reads protobuf, field by field, from bytes that anybody may have sent.
using System.Buffers.Binary;
using System.Text;

namespace DistributedSockets.Web.Traces;

/// <summary>
/// Walks over the fields of one message: <c>while (reader.Next()) switch (reader.Field) …</c>. Nothing is copied, and a field that nobody asks for costs nothing.
/// </summary>
/// <exception cref="InvalidDataException">From every member: the bytes are no protobuf, or the field is of another type than is asked for.</exception>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;
    private ReadOnlySpan<byte> _bytes;
    private ulong _number;
    private bool _isDelimited;

    public int Field { get; private set; }

    /// <summary>The value of a field that has a length: bytes, or a message within this one.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _isDelimited ? _bytes : throw new InvalidDataException($"Field {Field} has no length.");

    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    public readonly ulong Number => _isDelimited ? throw new InvalidDataException($"Field {Field} is no number.") : _number;

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        Field = tag >> 3 is > 0 and <= 0x1fff_ffff ? (int)(tag >> 3) : throw new InvalidDataException("A field has no number.");
        _isDelimited = (tag & 7) == Delimited;
        switch (tag & 7)
        {
            case Varint:
                _number = ReadVarint();
                break;
            case Fixed64:
                _number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case Fixed32:
                _number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            case Delimited:
                _bytes = Take(ReadVarint());
                break;
            default:
                throw new InvalidDataException($"Field {Field} is of the wire type {tag & 7}, which is not used.");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new InvalidDataException("The message ends within a field.");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number is longer than 64 bits.");
    }
}
