// One WebSocket, upgraded: the stream that it lies on, its frames, and its end.
using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>One WebSocket, upgraded.</summary>
/// <param name="abort">Tears it down without a word.</param>
/// <param name="frameBytes">The largest message that it takes.</param>
internal sealed class ClientSocket(PipeReader input, Stream output, Action abort, int frameBytes)
{
    private const int ReadBytes = 16 * 1024;

    // Zero-byte reads: who waits for bytes holds no buffer for them.
    private static readonly StreamPipeReaderOptions Reading = new(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 4, leaveOpen: true, useZeroByteReads: true);

    private readonly Lock _gate = new();
    private Task _written = Task.CompletedTask;

    public ClientSocket(Stream stream, Action abort, int frameBytes)
        : this(PipeReader.Create(stream, Reading), stream, abort, frameBytes)
    {
    }

    /// <summary>Where frames are written; one writer at a time.</summary>
    public Stream Stream => output;

    public FrameReader Frames { get; } = new(input, frameBytes);

    public void Abort() => abort();

    /// <summary>Answers a ping, before the socket has become a connection.</summary>
    public async Task AnswerAsync(ReadOnlyMemory<byte> ping)
    {
        var frames = new FrameBuffer();
        frames.Add(Opcode.Pong, ping.Span);
        await WriteAsync(frames.Written);
        frames.Clear();
    }

    /// <summary>Says why the socket is closed, before it has become a connection.</summary>
    /// <param name="last">A text frame to go before that.</param>
    public async Task CloseAsync(int code, string text, ReadOnlyMemory<byte> last = default)
    {
        var frames = new FrameBuffer();
        if (!last.IsEmpty)
        {
            frames.Open();
            frames.Write(last.Span);
            frames.Seal();
        }

        frames.Add(Opcode.Close, ClosePayload(code, text));
        await WriteAsync(frames.Written);
        frames.Clear();
    }

    /// <summary>Reads on until the client says goodbye or leaves: what lies unread when a socket is closed resets it, and the client would not see why.</summary>
    public async Task WhenLeftAsync()
    {
        do
        {
            while (Frames.TryRead(out var frame))
            {
                if (frame.Kind == FrameKind.Close)
                {
                    return;
                }
            }
        }
        while (await Frames.FillAsync());
    }

    public static byte[] ClosePayload(int code, string text)
    {
        var payload = new byte[sizeof(ushort) + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(text, payload.AsSpan(sizeof(ushort)));
        return payload;
    }

    /// <summary>One after the other: while a client that takes no answers is asked to say hello, it is also told that it has not.</summary>
    private Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            return _written = WriteAfterAsync(_written, bytes);
        }
    }

    private async Task WriteAfterAsync(Task before, ReadOnlyMemory<byte> bytes)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await output.WriteAsync(bytes, CancellationToken.None);
    }
}
