// Whole frames from one socket, in a buffer that grows with them up to the limit.
using System.Buffers;
using System.Net.WebSockets;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>One whole frame. Its bytes are the reader's buffer: they are good until the next one is read.</summary>
internal readonly record struct Frame(WebSocketMessageType Type, ReadOnlyMemory<byte> Bytes);

/// <summary>Whole frames from one socket.</summary>
internal sealed class FrameReader(WebSocket socket, int limit) : IDisposable
{
    private const int FirstBufferBytes = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstBufferBytes, limit + 1));

    /// <summary>
    /// The next frame; a close frame is one too. Of a frame beyond the limit <paramref name="onTooLarge"/> is told, once it is seen to be, and while
    /// <paramref name="discard"/> says so nothing is kept: what a client sends to a connection that is closing is read to the end, or the close frame would be lost to a reset.
    /// </summary>
    public async ValueTask<Frame> ReadAsync(Func<bool> discard, Action onTooLarge)
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                Grow();
            }

            var part = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None);
            length = discard() ? 0 : length + part.Count;
            if (length > limit)
            {
                onTooLarge();
                length = 0;
            }

            if (part.EndOfMessage)
            {
                return new Frame(part.MessageType, _buffer.AsMemory(0, length));
            }
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_buffer.Length * 4, limit + 1));
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
