// The way down: the frames of a WebSocket as events.
using System.Buffers;
using System.IO.Pipelines;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Sse;

/// <summary>
/// Takes what a connection writes, the frames of a WebSocket in pieces of any size, and sends them as events. A text frame is an event without a name, with a line for each
/// of its lines; a ping and a close have names.
/// </summary>
/// <param name="closed">Called when the close frame is sent: nobody answers it.</param>
internal sealed class SseStream(PipeWriter output, Action closed) : Stream
{
    /// <summary>The head of a frame that has not come whole yet, and then what a control frame carries.</summary>
    private readonly byte[] _kept = new byte[FrameHeader.MaxControlLength];
    private int _keptLength;

    private Opcode _opcode;

    /// <summary>Payload bytes still to come; null between frames.</summary>
    private int? _rest;

    private bool _isClosed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Translate(buffer.Span);
        await output.FlushAsync(cancellationToken);
        if (_isClosed)
        {
            closed();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    private void Translate(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[(_rest is { } rest ? Continue(bytes, rest) : Begin(bytes))..];
            if (_rest == 0)
            {
                End();
            }
        }
    }

    /// <summary>Takes a part of the frame's head; answers how many bytes.</summary>
    private int Begin(ReadOnlySpan<byte> bytes)
    {
        _kept[_keptLength++] = bytes[0];
        if (FrameHeader.TryReadSent(_kept.AsSpan(0, _keptLength), out _opcode, out var length, out _))
        {
            (_rest, _keptLength) = (length, 0);
            if (_opcode == Opcode.Text)
            {
                output.Write("data: "u8);
            }
        }

        return 1;
    }

    /// <summary>Takes a part of the frame's payload; answers how many bytes.</summary>
    private int Continue(ReadOnlySpan<byte> bytes, int rest)
    {
        var part = bytes[..Math.Min(rest, bytes.Length)];
        _rest = rest - part.Length;
        if (_opcode != Opcode.Text)
        {
            part.CopyTo(_kept.AsSpan(_keptLength));
            _keptLength += part.Length;
            return part.Length;
        }

        var left = part;
        for (var end = left.IndexOf((byte)'\n'); end >= 0; end = left.IndexOf((byte)'\n'))
        {
            output.Write(left[..(end + 1)]);
            output.Write("data: "u8);
            left = left[(end + 1)..];
        }

        output.Write(left);
        return part.Length;
    }

    private void End()
    {
        switch (_opcode)
        {
            case Opcode.Text:
                output.Write("\n\n"u8);
                break;
            case Opcode.Ping:
                output.Write("event: ping\ndata:\n\n"u8);
                break;
            case Opcode.Close:
                SseEvents.WriteClose(output, _kept.AsSpan(0, _keptLength));
                _isClosed = true;
                break;
            default:
                // An answer to a ping; nobody asks here.
                break;
        }

        (_rest, _keptLength) = (null, 0);
    }
}
