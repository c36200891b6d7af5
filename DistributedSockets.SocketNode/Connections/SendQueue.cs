// What waits to be written to one socket, as the bytes that will be: bounded; full = slow reader.
using System.Buffers;
using System.Diagnostics;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>A push whose writing somebody waits for.</summary>
internal readonly record struct Followed(Envelope Envelope, Activity? Activity);

/// <summary>
/// What waits to be written to one socket, as the bytes that will be. Whoever adds something does not write: the first one asks the thread pool for a writer, which takes
/// all that has collected by then, so the busier the socket the fewer the writes. Bounded in messages and bytes; when full, it says no and the
/// connection is closed as a slow reader, so that it costs only itself.
/// </summary>
internal sealed class SendQueue(Stream stream, Profile profile, int maxMessages, int maxBytes) : IThreadPoolWorkItem
{
    /// <summary>A frame takes no further push from this size on.</summary>
    private const int JoinBytes = 16 * 1024;

    /// <summary>Bytes of one write: between two a reader shows that it gets on.</summary>
    private const int WriteBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameBuffer _collecting = new();
    private FrameBuffer _writing = new();
    private List<Followed>? _followed;
    private int _messages;
    private long _bytes;
    private int _collected;
    private long _collectedBytes;
    private bool _hasBegun;
    private bool _hasWriter;
    private bool _isComplete;

    /// <summary>Shared by all who wait for room; null when nobody does.</summary>
    private volatile TaskCompletionSource? _roomWanted;

    /// <summary>Called after each write, on the writer's thread: so many pushes, and those of them that somebody waits for.</summary>
    public required Action<int, IReadOnlyList<Followed>> OnWritten { get; init; }

    /// <summary>Pushes that are not written yet.</summary>
    public int Count => Volatile.Read(ref _messages);

    public bool IsHalfEmpty => Count <= maxMessages / 2 && Interlocked.Read(ref _bytes) <= maxBytes / 2;

    /// <summary>Completes when everything is written after <see cref="Complete"/>; fails when the socket does.</summary>
    public Task Ended => _ended.Task;

    /// <summary>From here on it is written what waits, and what comes.</summary>
    /// <param name="first">What is written before all that waits; null for nothing.</param>
    public void Begin(Push? first)
    {
        lock (_gate)
        {
            _hasBegun = true;
            if (first is not null)
            {
                Seal();
                var waiting = _collecting;
                _collecting = new FrameBuffer();
                _collecting.Open();
                profile.Write(_collecting, first, redelivered: false);
                _collecting.Seal();
                _collecting.Write(waiting.Written.Span);
                waiting.Clear();
            }

            if (_collecting.IsEmpty || !NeedsWriter())
            {
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <param name="followed">Set when somebody waits for the push to be written.</param>
    public bool TryEnqueue(Push push, bool redelivered = false, Followed? followed = null)
    {
        lock (_gate)
        {
            if (!HasRoom(push.Size))
            {
                return false;
            }

            BeginPush();
            profile.Write(_collecting, push, redelivered);
            EndPush(push.Size);
            if (followed is { } one)
            {
                (_followed ??= []).Add(one);
            }

            if (!NeedsWriter())
            {
                return true;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }

    /// <summary>A fast message for a plain connection: nothing of it is kept but its bytes.</summary>
    public bool TryEnqueue(UserId from, UserId to, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            if (!HasRoom(body.Length))
            {
                return false;
            }

            BeginPush();
            PlainFrame.Write(_collecting, from.Value, to.Value, body);
            EndPush(body.Length);
            if (!NeedsWriter())
            {
                return true;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }

    /// <summary>A ping, or the answer to one. False: the reader has not taken many of them.</summary>
    public bool TryEnqueue(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (!HasRoom(payload.Length))
            {
                return false;
            }

            Seal();
            _collecting.Add(opcode, payload);
            CountIn(payload.Length);
            if (!NeedsWriter())
            {
                return true;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }

    /// <summary>Takes nothing more; what waits is still written if it has begun, then a close frame, whatever the bounds.</summary>
    public void Complete(ReadOnlySpan<byte> close)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return;
            }

            _isComplete = true;
            Seal();
            if (!_hasBegun)
            {
                _hasBegun = true;
                _collecting.Clear();
            }

            _collecting.Add(Opcode.Close, close);
            if (!NeedsWriter())
            {
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>Completes when the queue is at most half full: whoever can wait goes at the reader's pace.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        // A queue that is complete has room and takes nothing: who tries again would do so for ever.
        cancellationToken.ThrowIfCancellationRequested();
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

    /// <summary>The writer's turn.</summary>
    void IThreadPoolWorkItem.Execute() => _ = WriteAsync();

    private async Task WriteAsync()
    {
        try
        {
            while (TryTake(out var messages, out var bytes, out var followed))
            {
                for (var rest = _writing.Written; !rest.IsEmpty; rest = rest[Math.Min(WriteBytes, rest.Length)..])
                {
                    // Never cancelled: that would tear the socket down in the middle of a frame.
                    await stream.WriteAsync(rest[..Math.Min(WriteBytes, rest.Length)], CancellationToken.None);
                }

                Free(messages, bytes);
                OnWritten(messages, followed ?? []);
            }
        }
        catch (Exception exception)
        {
            _ended.TrySetException(exception);
        }
    }

    private bool TryTake(out int messages, out long bytes, out List<Followed>? followed)
    {
        lock (_gate)
        {
            _writing.Clear();
            Seal();
            if (_collecting.IsEmpty)
            {
                (messages, bytes, followed) = (0, 0, null);
                _hasWriter = false;
                if (_isComplete)
                {
                    _ended.TrySetResult();
                }

                return false;
            }

            (_collecting, _writing) = (_writing, _collecting);
            (messages, bytes, followed) = (_collected, _collectedBytes, _followed);
            (_collected, _collectedBytes, _followed) = (0, 0, null);
            return true;
        }
    }

    private void Free(int messages, long bytes)
    {
        Interlocked.Add(ref _messages, -messages);
        Interlocked.Add(ref _bytes, -bytes);
        if (_roomWanted is not null && IsHalfEmpty)
        {
            Interlocked.Exchange(ref _roomWanted, null)?.SetResult();
        }
    }

    /// <summary>One message always fits: a stored one may be from a time of larger limits.</summary>
    private bool HasRoom(int size) => !_isComplete && _messages < maxMessages && (_messages == 0 || _bytes + size <= maxBytes);

    private void BeginPush()
    {
        if (!_collecting.IsOpen)
        {
            _collecting.Open();
        }
        else
        {
            _collecting.GetSpan(1)[0] = (byte)'\n';
            _collecting.Advance(1);
        }
    }

    private void EndPush(int size)
    {
        if (!profile.JoinsPushes || _collecting.OpenLength >= JoinBytes)
        {
            _collecting.Seal();
        }

        CountIn(size);
    }

    private void CountIn(int size)
    {
        _collected++;
        _collectedBytes += size;
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, size);
    }

    private void Seal()
    {
        if (_collecting.IsOpen)
        {
            _collecting.Seal();
        }
    }

    private bool NeedsWriter()
    {
        if (_hasWriter || !_hasBegun)
        {
            return false;
        }

        _hasWriter = true;
        return true;
    }
}
