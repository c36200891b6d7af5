// Whole messages from one WebSocket: frames unmasked, fragments joined, the rules of RFC 6455 enforced.
using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Connections;

internal enum FrameKind
{
    Text,
    Binary,
    Ping,
    Pong,

    /// <summary>The client's goodbye: nothing is read after it.</summary>
    Close,

    /// <summary>A message beyond the limit. From here on messages are skipped, and control frames are still read, so that the handshake of closing can be finished.</summary>
    TooLarge,

    /// <summary>The client has broken the protocol: nothing is read after it.</summary>
    Violation,
}

/// <summary>One whole message or control frame.</summary>
/// <param name="Bytes">Good until the next one is read.</param>
/// <param name="Violation">What a violation is answered with.</param>
/// <param name="Problem">Of a violation: what the client has done.</param>
internal readonly record struct Frame(FrameKind Kind, Memory<byte> Bytes = default, CloseReason? Violation = null, string? Problem = null)
{
    /// <summary>The answer to a goodbye without a code.</summary>
    public const int NormalClosure = 1000;

    /// <summary>Of a goodbye: the code that it is answered with, its own.</summary>
    public int Answer => Bytes.IsEmpty ? NormalClosure : BinaryPrimitives.ReadUInt16BigEndian(Bytes.Span);
}

/// <summary>Whole messages from one WebSocket. Nothing is held while it waits: the buffers come with the bytes and go with them.</summary>
internal sealed class FrameReader(PipeReader input, int limit)
{
    private ReadOnlySequence<byte> _unread;
    private bool _hasRead;
    private bool _isOver;

    /// <summary>Payload bytes still to come that nobody wants.</summary>
    private long _skipped;
    private bool _skipsMessages;

    /// <summary>What the message is that is under way in fragments; null between messages.</summary>
    private Opcode? _fragmented;

    /// <summary>A message that does not lie in one piece, with its length so far; rented.</summary>
    private byte[]? _joined;
    private int _joinedLength;

    private enum Step
    {
        NeedsMore,
        GoesOn,
        IsRead,
    }

    /// <summary>The next one among the bytes that are there; false when more are needed.</summary>
    public bool TryRead(out Frame frame)
    {
        frame = default;
        var step = Step.GoesOn;
        while (step == Step.GoesOn && !_isOver)
        {
            step = Read(out frame);
        }

        return step == Step.IsRead;
    }

    /// <summary>
    /// Waits for more bytes. False: none will come. After a goodbye or a violation they are thrown away: what lies unread when a socket is closed resets it, and the
    /// other side would not see why.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // Once for each read of each connection: nothing else of a message would be left for the collector.
    public async ValueTask<bool> FillAsync()
    {
        if (_isOver)
        {
            _unread = _unread.Slice(_unread.End);
        }

        if (_isOver || _fragmented is null)
        {
            GiveBack();
        }

        var before = _unread.Length;
        if (_hasRead)
        {
            input.AdvanceTo(_unread.Start, _unread.End);
            _unread = default;
        }

        _hasRead = true;
        var result = await input.ReadAsync();
        _unread = result.Buffer;
        return _unread.Length > before || !result.IsCompleted;
    }

    /// <summary>Nothing more is read.</summary>
    public void Complete()
    {
        _isOver = true;
        _unread = default;
        GiveBack();
        input.Complete();
    }

    private Step Read(out Frame frame)
    {
        frame = default;
        if (!TrySkip())
        {
            return Step.NeedsMore;
        }

        Span<byte> head = stackalloc byte[FrameHeader.MaxSize];
        if (!FrameHeader.TryRead(Head(head), out var header, out var problem))
        {
            return problem is null ? Step.NeedsMore : Violate(out frame, CloseReason.ProtocolError, problem);
        }

        if (OutOfTurn(header) is { } outOfTurn)
        {
            return Violate(out frame, CloseReason.ProtocolError, outOfTurn);
        }

        if (!header.IsControl && (_skipsMessages || header.Length > limit - _joinedLength))
        {
            return Skip(header, out frame);
        }

        if (_unread.Length < header.Size + header.Length)
        {
            return Step.NeedsMore;
        }

        var payload = _unread.Slice(header.Size, header.Length);
        _unread = _unread.Slice(payload.End);
        return header.IsControl ? ReadControl(header, payload, out frame) : ReadMessage(header, payload, out frame);
    }

    private ReadOnlySpan<byte> Head(Span<byte> copy)
    {
        var first = _unread.FirstSpan;
        if (first.Length >= copy.Length || _unread.IsSingleSegment)
        {
            return first;
        }

        var head = _unread.Slice(0, Math.Min(copy.Length, _unread.Length));
        head.CopyTo(copy);
        return copy[..(int)head.Length];
    }

    private string? OutOfTurn(FrameHeader header) => header.Opcode switch
    {
        Opcode.Continuation when _fragmented is null => "nothing is to be continued",
        Opcode.Text or Opcode.Binary when _fragmented is not null => "the message before has not ended",
        _ => null,
    };

    private Step Skip(FrameHeader header, out Frame frame)
    {
        _unread = _unread.Slice(header.Size);
        _skipped = header.Length;
        _fragmented = header.IsFinal ? null : _fragmented ?? header.Opcode;
        frame = new Frame(FrameKind.TooLarge);
        var step = _skipsMessages ? Step.GoesOn : Step.IsRead;
        _skipsMessages = true;
        return step;
    }

    private bool TrySkip()
    {
        var skipped = Math.Min(_skipped, _unread.Length);
        _unread = _unread.Slice(skipped);
        _skipped -= skipped;
        return _skipped == 0;
    }

    private Step ReadMessage(FrameHeader header, ReadOnlySequence<byte> payload, out Frame frame)
    {
        Memory<byte> message;
        var opcode = _fragmented ?? header.Opcode;
        if (header.IsFinal && _fragmented is null && payload.IsSingleSegment)
        {
            // The reader's own buffer, which nobody else reads.
            message = MemoryMarshal.AsMemory(payload.First);
            FrameHeader.Unmask(message.Span, header.Mask);
        }
        else
        {
            Join(payload, header.Mask);
            _fragmented = header.IsFinal ? null : opcode;
            frame = default;
            if (!header.IsFinal)
            {
                return Step.GoesOn;
            }

            message = _joined.AsMemory(0, _joinedLength);
            _joinedLength = 0;
        }

        if (opcode == Opcode.Binary)
        {
            frame = new Frame(FrameKind.Binary, message);
            return Step.IsRead;
        }

        if (!Utf8.IsValid(message.Span))
        {
            return Violate(out frame, CloseReason.NotUtf8, "a text message is not UTF-8");
        }

        frame = new Frame(FrameKind.Text, message);
        return Step.IsRead;
    }

    private void Join(ReadOnlySequence<byte> payload, uint mask)
    {
        var length = _joinedLength + (int)payload.Length;
        if (_joined is null || _joined.Length < length)
        {
            // Not by little: a thousand fragments of one byte must not be a thousand copies.
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, Math.Min(limit, 2 * _joinedLength)));
            _joined.AsSpan(0, _joinedLength).CopyTo(larger);
            GiveBack();
            _joined = larger;
        }

        var part = _joined.AsSpan(_joinedLength, (int)payload.Length);
        payload.CopyTo(part);
        FrameHeader.Unmask(part, mask);
        _joinedLength = length;
    }

    private Step ReadControl(FrameHeader header, ReadOnlySequence<byte> payload, out Frame frame)
    {
        // Beside the message that may be under way around it.
        var bytes = payload.ToArray();
        FrameHeader.Unmask(bytes, header.Mask);
        if (header.Opcode == Opcode.Close)
        {
            if (CloseProblem(bytes) is { } problem)
            {
                return Violate(out frame, CloseReason.ProtocolError, problem);
            }

            _isOver = true;
        }

        frame = new Frame(header.Opcode switch { Opcode.Ping => FrameKind.Ping, Opcode.Pong => FrameKind.Pong, _ => FrameKind.Close }, bytes);
        return Step.IsRead;
    }

    private static string? CloseProblem(ReadOnlySpan<byte> payload) => payload.Length switch
    {
        0 => null,
        1 => "a close frame carries a whole code",
        _ => BinaryPrimitives.ReadUInt16BigEndian(payload) is not (>= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999) ? "the close code is reserved"
            : !Utf8.IsValid(payload[2..]) ? "the reason for closing is not UTF-8"
            : null,
    };

    private Step Violate(out Frame frame, CloseReason reason, string problem)
    {
        _isOver = true;
        frame = new Frame(FrameKind.Violation, default, reason, problem);
        return Step.IsRead;
    }

    private void GiveBack()
    {
        if (_joined is not null)
        {
            ArrayPool<byte>.Shared.Return(_joined);
            _joined = null;
        }
    }
}
