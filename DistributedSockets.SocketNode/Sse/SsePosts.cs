// The way up: what is posted, each frame once and in order.
using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Sse;

/// <summary>What became of a post.</summary>
internal enum PostOutcome
{
    /// <summary>Its frame is taken, now or by an earlier post with the same number.</summary>
    Taken,

    /// <summary>A number was left out, or it lies further back than the last one.</summary>
    OutOfTurn,

    /// <summary>The node does not read from the connection now.</summary>
    Busy,

    /// <summary>The connection has ended.</summary>
    Ended,
}

/// <summary>
/// Takes the posts of one event stream and hands them on as the frames that a WebSocket would have brought. Bounded: when the node has not yet read what came before, nothing
/// more is taken.
/// </summary>
internal sealed class SsePosts
{
    private const int IdBytes = 16;
    private const int KeyBytes = 32;
    private const byte Masked = 0x80;

    private readonly Lock _gate = new();
    private readonly Pipe _pipe;
    private readonly int _frameBytes;
    private Task _read = Task.CompletedTask;
    private long _last;
    private bool _isEnded;

    /// <param name="frameBytes">The largest frame that the connection takes.</param>
    public SsePosts(int frameBytes)
    {
        _frameBytes = frameBytes;
        _pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 2 * frameBytes, resumeWriterThreshold: frameBytes, useSynchronizationContext: false));
    }

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));

    public string Key { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>Where the frames come out.</summary>
    public PipeReader Frames => _pipe.Reader;

    /// <summary>The number that is next.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
            {
                return _last + 1;
            }
        }
    }

    public bool IsKey(string? key) => key is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(Key));

    /// <summary>Takes a frame; an empty one answers a ping.</summary>
    public PostOutcome Take(long number, ReadOnlySequence<byte> frame)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                return PostOutcome.Ended;
            }

            if (number == _last)
            {
                return PostOutcome.Taken;
            }

            if (number != _last + 1)
            {
                return PostOutcome.OutOfTurn;
            }

            if (!_read.IsCompleted)
            {
                return PostOutcome.Busy;
            }

            _last = number;
            WriteHead(frame.IsEmpty ? Opcode.Pong : Opcode.Text, (int)frame.Length);
            foreach (var part in frame)
            {
                _pipe.Writer.Write(part.Span);
            }

            Flush();
            return PostOutcome.Taken;
        }
    }

    /// <summary>A frame is larger than the limit. The connection learns of it by its head, and ends.</summary>
    public void TakeTooLarge()
    {
        lock (_gate)
        {
            if (!_isEnded && _read.IsCompleted)
            {
                WriteHead(Opcode.Text, _frameBytes + 1);
                Flush();
            }
        }
    }

    /// <summary>Nothing more comes.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (!_isEnded)
            {
                _isEnded = true;
                _pipe.Writer.Complete();
            }
        }
    }

    private void WriteHead(Opcode opcode, int length)
    {
        var size = FrameHeader.SentSize(length);
        var head = _pipe.Writer.GetSpan(FrameHeader.MaxSize);
        FrameHeader.Write(head[..size], opcode, length);

        // A mask that changes nothing: whoever reads wants one from a client.
        head[1] |= Masked;
        head.Slice(size, sizeof(uint)).Clear();
        _pipe.Writer.Advance(size + sizeof(uint));
    }

    private void Flush() => _read = _pipe.Writer.FlushAsync(CancellationToken.None).AsTask();
}
