// What waits to be written to one socket, as the bytes that will be: bounded; full = slow reader. Its writer: SendQueue.Writing.cs.
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
internal sealed partial class SendQueue(Stream stream, Profile profile, int maxMessages, int maxBytes) : IThreadPoolWorkItem
{
    /// <summary>A frame takes no further push from this size on.</summary>
    private const int JoinBytes = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameBuffer _collecting = new();
    private FrameBuffer _writing = new();
    private Batch _collected;

    /// <summary>Of all that is not written yet, whether it is collecting or being written.</summary>
    private int _pushes;
    private long _bytes;
    private bool _hasBegun;
    private bool _hasWriter;
    private bool _isComplete;

    /// <summary>Shared by all who wait for room; null when nobody does.</summary>
    private volatile TaskCompletionSource? _roomWanted;

    /// <summary>Called after each write, on the writer's thread: so many messages and receipts, and those of them that somebody waits for.</summary>
    public required Action<int, IReadOnlyList<Followed>> OnWritten { get; init; }

    /// <summary>Pushes that are not written yet.</summary>
    public int Count => Volatile.Read(ref _pushes);

    public bool IsHalfEmpty => Count <= maxMessages / 2 && Interlocked.Read(ref _bytes) <= maxBytes / 2;

    /// <summary>Completes when everything is written after <see cref="Complete"/>; fails when the socket does.</summary>
    public Task Ended => _ended.Task;

    /// <summary>From here on what waits is written, and what comes.</summary>
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

            if (!_collecting.IsEmpty)
            {
                WakeWriter();
            }
        }
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
            EndPush(push.Size, isMessage: push is Envelope);
            if (followed is { } one)
            {
                (_collected.Followed ??= []).Add(one);
            }

            return true;
        }
    }

    /// <summary>Something of which clients of the profile are sent nothing: it counts as written when all before it is.</summary>
    public bool TryFollow(Followed followed)
    {
        lock (_gate)
        {
            if (!HasRoom(0))
            {
                return false;
            }

            (_collected.Followed ??= []).Add(followed);
            CountIn(0, isMessage: false);
            return true;
        }
    }

    /// <summary>A fast message: nothing of it is kept but its bytes.</summary>
    public bool TryEnqueue(in FastMessage message)
    {
        lock (_gate)
        {
            if (!HasRoom(message.Body.Length))
            {
                return false;
            }

            BeginPush();
            profile.Write(_collecting, message);
            EndPush(message.Body.Length, isMessage: true);
            return true;
        }
    }

    /// <summary>A message that is encoded already, since others are sent the same.</summary>
    public bool TryEnqueue(ReadOnlySpan<byte> message)
    {
        lock (_gate)
        {
            if (!HasRoom(message.Length))
            {
                return false;
            }

            BeginPush();
            _collecting.Write(message);
            EndPush(message.Length, isMessage: true);
            return true;
        }
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
            CountIn(payload.Length, isMessage: false);
            return true;
        }
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
                Free(_collected);
                _collected = default;
            }

            _collecting.Add(Opcode.Close, close);
            WakeWriter();
        }
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

    /// <summary>One message always fits: a stored one may be from a time of larger limits.</summary>
    private bool HasRoom(int size) => !_isComplete && _pushes < maxMessages && (_pushes == 0 || _bytes + size <= maxBytes);

    private void BeginPush()
    {
        if (!_collecting.IsOpen)
        {
            _collecting.Open();
        }
        else
        {
            _collecting.Write("\n"u8);
        }
    }

    private void EndPush(int size, bool isMessage)
    {
        if (!profile.JoinsPushes || _collecting.OpenLength >= JoinBytes)
        {
            _collecting.Seal();
        }

        CountIn(size, isMessage);
    }

    private void CountIn(int size, bool isMessage)
    {
        _collected.Pushes++;
        _collected.Bytes += size;
        _collected.Messages += isMessage ? 1 : 0;
        Interlocked.Increment(ref _pushes);
        Interlocked.Add(ref _bytes, size);
        WakeWriter();
    }

    private void Seal()
    {
        if (_collecting.IsOpen)
        {
            _collecting.Seal();
        }
    }

    /// <summary>Asks for a writer unless there is one, or nothing may be written yet.</summary>
    private void WakeWriter()
    {
        if (!_hasWriter && _hasBegun)
        {
            _hasWriter = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    /// <summary>What one write takes.</summary>
    private record struct Batch(int Pushes, long Bytes, int Messages, List<Followed>? Followed);
}
