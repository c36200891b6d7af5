// Frames that are being put together to be written at once.
using System.Buffers;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>Frames that are being put together to be written at once. Its memory is rented while something is in it.</summary>
internal sealed class FrameBuffer : IBufferWriter<byte>
{
    private const int FirstSize = 1024;

    /// <summary>Room that a text frame leaves for its head until its length is known: the usual one, of 126 to 65,535 bytes.</summary>
    private const int HeadRoom = 4;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>Where the payload of the frame begins that is still open; 0 for none.</summary>
    private int _open;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public bool IsEmpty => _length == 0;

    public bool IsOpen => _open > 0;

    /// <summary>Bytes in the open frame.</summary>
    public int OpenLength => _length - _open;

    /// <summary>Opens a text frame: what is written from here on is its payload.</summary>
    public void Open()
    {
        GetSpan(HeadRoom);
        _length += HeadRoom;
        _open = _length;
    }

    /// <summary>Ends the open frame.</summary>
    public void Seal()
    {
        var length = OpenLength;
        var headSize = FrameHeader.SentSize(length);
        var shift = headSize - HeadRoom;
        if (shift > 0)
        {
            GetSpan(shift);
        }

        if (shift != 0)
        {
            _bytes.AsSpan(_open, length).CopyTo(_bytes.AsSpan(_open + shift));
            _length += shift;
        }

        FrameHeader.Write(_bytes.AsSpan(_open - HeadRoom, headSize), Opcode.Text, length);
        _open = 0;
    }

    /// <summary>Adds a control frame.</summary>
    public void Add(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        var headSize = FrameHeader.SentSize(payload.Length);
        var bytes = GetSpan(headSize + payload.Length);
        FrameHeader.Write(bytes[..headSize], opcode, payload.Length);
        payload.CopyTo(bytes[headSize..]);
        _length += headSize + payload.Length;
    }

    /// <summary>Forgets everything and gives the memory back.</summary>
    public void Clear()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        (_bytes, _length, _open) = ([], 0, 0);
    }

    public void Advance(int count) => _length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    private void Reserve(int size)
    {
        if (_bytes.Length - _length >= size)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + size, Math.Max(FirstSize, 2 * _bytes.Length)));
        Written.CopyTo(larger);
        var length = _length;
        var open = _open;
        Clear();
        (_bytes, _length, _open) = (larger, length, open);
    }
}
