// The loop that writes: the only one that does.
using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    /// <summary>A frame takes no further push from this size on.</summary>
    private const int JoinBytes = 16 * 1024;

    /// <summary>Sent messages whose senders want to hear of the acknowledgement; more than that at once go unreported.</summary>
    private const int MaxReported = 64;

    private readonly Queue<Envelope> _reported = new();

    /// <summary>Up to this seq a message may have been sent to the device before.</summary>
    private long _redeliveredUpto;

    /// <param name="first">What is written before anything that waits; null for nothing.</param>
    private async Task WriteLoopAsync(Push? first)
    {
        var frame = new ArrayBufferWriter<byte>(256);
        if (first is not null && !await TryWriteAsync(frame, [first]))
        {
            return;
        }

        var pushes = new List<Push>();
        while (await _queue.WaitToReadAsync(CancellationToken.None))
        {
            while (_queue.TryDequeue(out var push))
            {
                pushes.Add(push);
                for (var size = push.Size; _profile.JoinsPushes && size < JoinBytes && _queue.TryDequeue(out push); size += push.Size)
                {
                    pushes.Add(push);
                }

                if (!await TryWriteAsync(frame, pushes))
                {
                    return;
                }

                pushes.Clear();
            }
        }
    }

    private async Task<bool> TryWriteAsync(ArrayBufferWriter<byte> frame, List<Push> pushes)
    {
        frame.ResetWrittenCount();
        List<Activity>? activities = null;
        foreach (var push in pushes)
        {
            if (frame.WrittenCount > 0)
            {
                frame.Write("\n"u8);
            }

            if (push is Envelope envelope)
            {
                if (_services.Failpoints.Drops(Failpoint.DropPush))
                {
                    // A push that is lost takes its connection with it: nothing else may follow on the same socket.
                    _socket.Abort();
                    return false;
                }

                if (NodeTracing.StartDeliver(envelope, Session) is { } activity)
                {
                    (activities ??= []).Add(activity);
                }

                AwaitAcknowledgement(envelope);
            }

            _profile.Write(frame, push, redelivered: push is Envelope { Seq: > 0 } stored && stored.Seq <= _redeliveredUpto);
        }

        // Never cancelled: that would tear the socket down in the middle of a frame.
        await _socket.SendAsync(frame.WrittenMemory, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
        _isStalled = false;
        activities?.ForEach(activity => activity.Dispose());
        foreach (var push in pushes)
        {
            if (push is Envelope envelope)
            {
                OnWritten(envelope);
            }
        }

        return true;
    }

    private void OnWritten(Envelope envelope)
    {
        _services.Metrics.MessagesOut.Add(1);
        _services.Hops.Report(envelope, HopReporter.Written);
        if (envelope.IsHint && _profile.AcknowledgesWhenWritten)
        {
            _acknowledger.Acknowledge(envelope.Seq, envelope.Epoch);
        }
    }

    /// <summary>Before it is written: the client may be faster than the return from the socket.</summary>
    private void AwaitAcknowledgement(Envelope envelope)
    {
        if (envelope is { HopListener: not null, IsHint: true })
        {
            lock (_reported)
            {
                if (_reported.Count < MaxReported)
                {
                    _reported.Enqueue(envelope);
                }
            }
        }
    }

    private void ReportAcknowledged(long seq)
    {
        lock (_reported)
        {
            while (_reported.TryPeek(out var envelope) && envelope.Seq <= seq)
            {
                _services.Hops.Report(_reported.Dequeue(), HopReporter.Acknowledged);
            }
        }
    }

    /// <summary>What the inbox or a bus has for this connection; what clients of its profile do not get counts as taken.</summary>
    private bool TryEnqueue(Envelope envelope) => !_profile.Takes(envelope) || _queue.TryEnqueue(envelope);
}
