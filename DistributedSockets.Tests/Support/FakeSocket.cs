// A WebSocket whose other side is the test.
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.Tests.Support;

/// <summary>A WebSocket whose other side is the test: it sees what is written, and leaves when it says so.</summary>
internal sealed class FakeSocket : Stream
{
    private readonly Channel<string> _written = Channel.CreateUnbounded<string>();
    private readonly Pipe _said = new();
    private readonly Stream _heard;
    private int _pings;
    private int _reads;

    public FakeSocket() => _heard = _said.Reader.AsStream();

    /// <summary>Writes wait for this: a reader that has stopped reading.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Frames written and not yet read by the test.</summary>
    public int Waiting => _written.Reader.Count;

    /// <summary>Writes begun, of one frame or many.</summary>
    public int Writes { get; private set; }

    /// <summary>Pings that the node has sent.</summary>
    public int Pings => Volatile.Read(ref _pings);

    public WebSocketCloseStatus? CloseStatus { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public ClientSocket Open(int frameBytes) => new(this, Leave, frameBytes);

    /// <summary>The body of the next frame, without its quotes.</summary>
    public async Task<string> NextAsync()
    {
        var frame = await _written.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        return frame.Split("\"body\":")[1].TrimEnd('}').Trim('"');
    }

    public async Task<IReadOnlyList<string>> NextAsync(int count)
    {
        var bodies = new List<string>();
        while (bodies.Count < count)
        {
            bodies.Add(await NextAsync());
        }

        return bodies;
    }

    /// <summary>The other side sends these bytes.</summary>
    public async Task SayAsync(byte[] bytes) => await _said.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>The other side sends these whole frames; returns when the node has dealt with them.</summary>
    public async Task SayAndWaitAsync(byte[] frames)
    {
        // One read waits already, without a buffer; the next one takes the bytes, and then the node waits again.
        var reads = Volatile.Read(ref _reads);
        await SayAsync(frames);
        await Eventually.IsAsync(() => Volatile.Read(ref _reads) >= reads + 2, "what was said is dealt with");
    }

    /// <summary>The other side is gone.</summary>
    public void Leave() => _said.Writer.Complete();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reads);
        return _heard.ReadAsync(buffer, cancellationToken);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Writes++;
        await Gate.WaitAsync(cancellationToken);
        for (var rest = buffer; !rest.IsEmpty;)
        {
            rest = rest[Take(rest.Span)..];
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Leave();
        base.Dispose(disposing);
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        var (size, length) = bytes[1] switch
        {
            126 => (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            127 => (10, (int)BinaryPrimitives.ReadInt64BigEndian(bytes[2..])),
            var short_ => (2, short_),
        };
        var payload = bytes.Slice(size, length);
        switch ((Opcode)(bytes[0] & 0x0F))
        {
            case Opcode.Text:
                _written.Writer.TryWrite(Encoding.UTF8.GetString(payload));
                break;
            case Opcode.Close:
                CloseStatus = (WebSocketCloseStatus)BinaryPrimitives.ReadUInt16BigEndian(payload);
                Leave();
                break;
            case Opcode.Ping:
                Interlocked.Increment(ref _pings);
                break;
            default:
                break;
        }

        return size + length;
    }
}
