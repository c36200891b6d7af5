// What comes from the client: the loop that reads, and whether anything comes at all.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    /// <summary>What the client's goodbye is answered with.</summary>
    private int _goodbye = Frame.NormalClosure;

    /// <summary>When all that had come was dealt with last, and when a ping was sent last.</summary>
    private long _heardAt;
    private long _pingedAt;

    /// <summary>Whether bytes are waited for: all that came before is dealt with.</summary>
    private volatile bool _isListening;

    /// <summary>Called every second or so: pings when it is time, cuts off a client that has not answered the last ping, and ends what has lost its right to be.</summary>
    public void Beat()
    {
        CloseWhenExpired();
        var pingedAt = _pingedAt;
        var since = _services.Time.GetElapsedTime(pingedAt);
        if (Volatile.Read(ref _heardAt) < pingedAt)
        {
            // While the node is busy with what the client has sent, the answer may lie behind that.
            if (_isListening && since > _services.Limits.PingTimeout)
            {
                _socket.Abort();
            }
        }
        else if (since >= _services.Limits.PingInterval)
        {
            // Before the ping is on its way: the answer must not seem to be older.
            _pingedAt = _services.Time.GetTimestamp();
            if (!_queue.TryEnqueue(Opcode.Ping, []))
            {
                // Whoever reads slowly has not been asked yet, and is when there is room.
                _pingedAt = pingedAt;
            }
        }
    }

    private async Task ReadLoopAsync(ReadOnlyMemory<byte> rest)
    {
        try
        {
            if (!rest.IsEmpty)
            {
                await _profile.DispatchAsync(this, rest, _closing.Token);
            }

            while (await TakeAllAsync())
            {
                var filling = _socket.Frames.FillAsync();
                if (!filling.IsCompleted)
                {
                    // All that had come is in its lanes.
                    Lanes.SetOut();
                }

                if (!await filling)
                {
                    return;
                }
            }
        }
        finally
        {
            // The last of what came does not wait for the goodbye.
            Lanes.SetOut();
        }
    }

    /// <summary>Deals with all frames that are there. False: the client has said goodbye.</summary>
    private async ValueTask<bool> TakeAllAsync()
    {
        _isListening = false;
        while (_socket.Frames.TryRead(out var frame))
        {
            if (frame.Kind == FrameKind.Close)
            {
                _goodbye = frame.Answer;
                return false;
            }

            if (!IsClosing)
            {
                await TakeAsync(frame);
            }
        }

        Volatile.Write(ref _heardAt, _services.Time.GetTimestamp());
        _isListening = true;
        return true;
    }

    private ValueTask TakeAsync(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Text:
                return _profile.DispatchAsync(this, frame.Bytes, _closing.Token);
            case FrameKind.Binary:
                _profile.RefuseBinary(this, frame.Bytes.Length);
                break;
            case FrameKind.Ping when !_queue.TryEnqueue(Opcode.Pong, frame.Bytes.Span):
                Refuse(CloseReason.SlowConsumer);
                break;
            case FrameKind.TooLarge:
                OnFrameTooLarge();
                break;
            case FrameKind.Violation:
                LogViolation(User, Session.Connection, frame.Problem);
                Close(frame.Violation);
                break;
            default:
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void OnFrameTooLarge()
    {
        LogFrameTooLarge(User, Session.Connection, _services.Limits.FrameBytes);
        Close(CloseReason.FrameTooLarge);
    }

    [LoggerMessage(1003, LogLevel.Information, "User {UserId} sent a frame of more than {Limit} bytes on connection {ConnectionId}; closing")]
    private partial void LogFrameTooLarge(UserId userId, ConnectionId connectionId, int limit);

    [LoggerMessage(1006, LogLevel.Information, "User {UserId} broke the WebSocket protocol on connection {ConnectionId}: {Problem}; closing")]
    private partial void LogViolation(UserId userId, ConnectionId connectionId, string? problem);
}
