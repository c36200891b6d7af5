// Frames that are being put together to be written at once.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>Frames that are being put together to be written at once.</summary>
internal sealed class FrameBuffer : PooledBuffer
{
    /// <summary>Room that a text frame leaves for its head until its length is known: the usual one, of 126 to 65,535 bytes.</summary>
    private const int HeadRoom = 4;

    /// <summary>Where the payload of the frame begins that is still open; 0 for none.</summary>
    private int _open;

    public bool IsOpen => _open > 0;

    /// <summary>Bytes in the open frame.</summary>
    public int OpenLength => Length - _open;

    /// <summary>Opens a text frame: what is written from here on is its payload.</summary>
    public void Open()
    {
        GetSpan(HeadRoom);
        Advance(HeadRoom);
        _open = Length;
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
            Bytes.Slice(_open, length).CopyTo(Bytes[(_open + shift)..]);
            Advance(shift);
        }

        FrameHeader.Write(Bytes.Slice(_open - HeadRoom, headSize), Opcode.Text, length);
        _open = 0;
    }

    /// <summary>Adds a control frame.</summary>
    public void Add(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        var headSize = FrameHeader.SentSize(payload.Length);
        var bytes = GetSpan(headSize + payload.Length);
        FrameHeader.Write(bytes[..headSize], opcode, payload.Length);
        payload.CopyTo(bytes[headSize..]);
        Advance(headSize + payload.Length);
    }

    public override void Clear()
    {
        base.Clear();
        _open = 0;
    }
}
