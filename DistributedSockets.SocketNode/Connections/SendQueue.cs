// What waits to be written to one socket: bounded; full = slow reader.
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>
/// What waits to be written to one socket. Bounded in messages and bytes; when full, <see cref="TryEnqueue"/> says no and the connection is closed as a slow
/// reader, so that it costs only itself. One reader, the write loop.
/// </summary>
internal sealed class SendQueue(int maxMessages, int maxBytes)
{
    // Unbounded as a channel; the two counters are its bound.
    private readonly Channel<Envelope> _channel = Channel.CreateUnbounded<Envelope>(new UnboundedChannelOptions { SingleReader = true });
    private int _messages;
    private long _bytes;
    private volatile TaskCompletionSource? _roomWanted;

    public int Count => Volatile.Read(ref _messages);

    public bool TryEnqueue(Envelope envelope)
    {
        // One message always fits: a stored one may be from a time of larger limits.
        if (Volatile.Read(ref _messages) >= maxMessages || (Count > 0 && Volatile.Read(ref _bytes) + envelope.Body.Length > maxBytes))
        {
            return false;
        }

        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, envelope.Body.Length);
        return _channel.Writer.TryWrite(envelope);
    }

    public bool TryDequeue([NotNullWhen(true)] out Envelope? envelope)
    {
        if (!_channel.Reader.TryRead(out envelope))
        {
            return false;
        }

        Interlocked.Decrement(ref _messages);
        Interlocked.Add(ref _bytes, -envelope.Body.Length);
        if (IsHalfEmpty)
        {
            _roomWanted?.TrySetResult();
        }

        return true;
    }

    /// <summary>Completes when something waits (true) or nothing will ever again (false).</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>
    /// Completes when the queue is at most half full: whoever fills it from the inbox goes at the reader's pace. At most one waits at a time.
    /// </summary>
    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (!IsHalfEmpty)
        {
            var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _roomWanted = room;
            if (!IsHalfEmpty)
            {
                await room.Task.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Takes nothing more; what waits is still handed out.</summary>
    public void Complete() => _channel.Writer.TryComplete();

    private bool IsHalfEmpty => Count <= maxMessages / 2 && Interlocked.Read(ref _bytes) <= maxBytes / 2;
}
