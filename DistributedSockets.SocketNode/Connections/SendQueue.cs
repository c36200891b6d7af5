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
    private readonly Channel<Push> _channel = Channel.CreateUnbounded<Push>(new UnboundedChannelOptions { SingleReader = true });
    private int _messages;
    private long _bytes;

    /// <summary>Shared by all who wait for room; null when nobody does.</summary>
    private volatile TaskCompletionSource? _roomWanted;

    public int Count => Volatile.Read(ref _messages);

    public bool IsHalfEmpty => Count <= maxMessages / 2 && Interlocked.Read(ref _bytes) <= maxBytes / 2;

    public bool TryEnqueue(Push push)
    {
        // One message always fits: a stored one may be from a time of larger limits.
        if (Volatile.Read(ref _messages) >= maxMessages || (Count > 0 && Volatile.Read(ref _bytes) + push.Size > maxBytes))
        {
            return false;
        }

        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, push.Size);
        return _channel.Writer.TryWrite(push);
    }

    public bool TryDequeue([NotNullWhen(true)] out Push? push)
    {
        if (!_channel.Reader.TryRead(out push))
        {
            return false;
        }

        Interlocked.Decrement(ref _messages);
        Interlocked.Add(ref _bytes, -push.Size);
        if (_roomWanted is not null && IsHalfEmpty)
        {
            Interlocked.Exchange(ref _roomWanted, null)?.SetResult();
        }

        return true;
    }

    /// <summary>Completes when something waits (true) or nothing will ever again (false).</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Completes when the queue is at most half full: whoever can wait goes at the reader's pace.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (!IsHalfEmpty)
        {
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var room = Interlocked.CompareExchange(ref _roomWanted, mine, null) ?? mine;
            if (!IsHalfEmpty)
            {
                await room.Task.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Takes nothing more; what waits is still handed out.</summary>
    public void Complete() => _channel.Writer.TryComplete();
}
