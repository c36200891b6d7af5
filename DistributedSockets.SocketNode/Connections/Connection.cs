// One live WebSocket on this node: read loop and write loop. How they end: Connection.Ending.cs.
using System.Buffers;
using System.Net.WebSockets;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>
/// One live WebSocket on this node. Two loops: one reads frames and hands them to the dispatcher, the only other one writes. Whoever wants it closed says so with
/// <see cref="Close"/>, which never waits.
/// </summary>
internal sealed partial class Connection : IDisposable
{
    /// <summary>How long a burst is held back for a reader that gets on with it.</summary>
    private static readonly TimeSpan RoomLimit = TimeSpan.FromSeconds(1);

    private const int FirstBufferBytes = 4096;

    private readonly WebSocket _socket;
    private readonly SendQueue _queue;
    private readonly InboxReplay _replay;
    private readonly PlainAcknowledger _acknowledger;
    private readonly LimitOptions _limits;
    private readonly NodeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private CloseReason? _reason;
    private volatile bool _isStalled;

    public Connection(Session session, WebSocket socket, IInbox inbox, LimitOptions limits, NodeMetrics metrics, TimeProvider time, ILogger logger, Func<Connection, Lanes> lanes)
    {
        Session = session;
        _socket = socket;
        _limits = limits;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _queue = new SendQueue(limits.SendQueueMessages, limits.SendQueueBytes);
        _replay = new InboxReplay(inbox, session, _queue, time, logger, _closing.Token);
        _acknowledger = new PlainAcknowledger(inbox, session.User, logger);
        Lanes = lanes(this);
    }

    public Session Session { get; }

    public UserId User => Session.User;

    /// <summary>Whom this connection has written to; for its read loop only.</summary>
    public KnownUsers Recipients { get; } = new();

    /// <summary>What this connection has sent and is still on its way.</summary>
    public Lanes Lanes { get; }

    /// <summary>Whether <see cref="Close"/> was called or the socket has ended.</summary>
    public bool IsClosing => _closing.IsCancellationRequested;

    /// <summary>More than half of the send queue is full, or much waits behind the inbox, and the reader has not yet shown that waiting does not help: who can wait should.</summary>
    public bool IsCongested => (!_queue.IsHalfEmpty || _replay.IsCongested) && !_isStalled;

    /// <summary>Messages that wait to be written.</summary>
    public int Queued => _queue.Count;

    /// <summary>Reads and writes until either side ends. Returns when nothing of the connection runs any more.</summary>
    public async Task RunAsync(CommandDispatcher dispatcher)
    {
        _replay.Start();
        var reading = ReadLoopAsync(dispatcher);
        var writing = WriteLoopAsync();

        await Task.WhenAny(reading, writing, WhenClosingAsync());
        await _closing.CancelAsync();

        // What is queued is still written, then the goodbye; the reader runs on until the other side's, so that unread data does not reset the connection.
        _queue.Complete();
        await EndInTimeAsync(writing, "write");
        await EndInTimeAsync(SayGoodbyeAsync(), "goodbye");
        await EndInTimeAsync(reading, "read");
        await EndAsync(_replay.Running, "replay");
        await EndAsync(_acknowledger.Running, "acknowledge");

        // What the client sent before it left is carried to its end.
        await Lanes.DrainAsync();
    }

    /// <summary>Takes a message for this connection's user. False: not taken.</summary>
    public bool TryDeliver(Envelope envelope)
    {
        if (IsClosing)
        {
            return false;
        }

        var taken = _replay.TryTake(envelope, out var slow);
        if (slow)
        {
            _metrics.SlowReaders.Add(1);
            LogSlowReader(User, Session.Connection, _queue.Count);
            Close(CloseReason.SlowConsumer);
        }

        return taken;
    }

    /// <summary>
    /// Completes when the connection is not congested any more. A reader that has not made room in time is waited for no longer: it is closed as soon as its
    /// queue is full.
    /// </summary>
    public async Task WhenRoomAsync()
    {
        var room = Task.WhenAll(_queue.WaitForRoomAsync(_closing.Token), _replay.IsCongested ? _replay.Running : Task.CompletedTask);
        await room.WaitAsync(RoomLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _isStalled = !room.IsCompletedSuccessfully;
    }

    /// <summary>The user's inbox reaches up to <paramref name="end"/>: what this connection has missed is read.</summary>
    public void CatchUp(InboxEnd end) => _replay.CatchUp(end);

    /// <summary>Ends the connection; the first reason counts. Returns at once.</summary>
    public void Close(CloseReason reason)
    {
        // Whoever holds a snapshot of the table may come after the end.
        if (!IsClosing && Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            _closing.Cancel();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        Lanes.Dispose();
        _closing.Dispose();
    }

    private async Task ReadLoopAsync(CommandDispatcher dispatcher)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstBufferBytes, _limits.FrameBytes + 1));
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    if (length == buffer.Length)
                    {
                        buffer = Grow(buffer);
                    }

                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length = IsClosing ? 0 : length + part.Count;
                    if (length > _limits.FrameBytes)
                    {
                        LogFrameTooLarge(User, Session.Connection, _limits.FrameBytes);
                        Close(CloseReason.FrameTooLarge);
                    }
                }
                while (!part.EndOfMessage);

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                if (part.MessageType == WebSocketMessageType.Binary)
                {
                    LogBinaryFrame(User, Session.Connection, length);
                }
                else if (!IsClosing)
                {
                    await dispatcher.DispatchAsync(this, buffer.AsMemory(0, length), _closing.Token);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, _limits.FrameBytes + 1));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private async Task WriteLoopAsync()
    {
        var frame = new ArrayBufferWriter<byte>(256);
        while (await _queue.WaitToReadAsync(CancellationToken.None))
        {
            while (_queue.TryDequeue(out var envelope))
            {
                using var activity = NodeTracing.StartDeliver(envelope, Session);
                frame.ResetWrittenCount();
                PlainFrame.Write(frame, envelope.From.Value, envelope.To.Value, envelope.Body.Span);

                // Never cancelled: that would tear the socket down in the middle of a frame.
                await _socket.SendAsync(frame.WrittenMemory, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
                _isStalled = false;
                _metrics.MessagesOut.Add(1);
                if (envelope.IsHint)
                {
                    _acknowledger.Written(envelope.Seq);
                }
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Information, "User {UserId} reads too slowly on connection {ConnectionId}: {Waiting} messages wait; closing")]
    private partial void LogSlowReader(UserId userId, ConnectionId connectionId, int waiting);

    [LoggerMessage(1003, LogLevel.Information, "User {UserId} sent a frame of more than {Limit} bytes on connection {ConnectionId}; closing")]
    private partial void LogFrameTooLarge(UserId userId, ConnectionId connectionId, int limit);

    [LoggerMessage(1004, LogLevel.Information, "User {UserId} sent a binary frame of {Length} bytes on connection {ConnectionId}; dropped")]
    private partial void LogBinaryFrame(UserId userId, ConnectionId connectionId, int length);
}
