// What becomes of the pushes for one connection: into its send queue, and what follows when they are written.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    /// <summary>Sent messages whose senders want to hear of the acknowledgement; more than that at once go unreported.</summary>
    private const int MaxReported = 64;

    private readonly Queue<Envelope> _reported = new();

    /// <summary>The highest seq that the device has acknowledged.</summary>
    private long _acknowledged;

    /// <summary>Up to this seq a message may have been sent to the device before.</summary>
    private long _redeliveredUpto;

    /// <summary>What the inbox or a bus has for this connection; what clients of its profile do not get counts as taken.</summary>
    private bool TryEnqueue(Envelope envelope)
    {
        if (HasSent(envelope))
        {
            return true;
        }

        if (!_profile.Takes(envelope))
        {
            // What nobody can acknowledge counts as written in its turn: its sender waits for a receipt.
            return !envelope.IsChange || !_profile.AcknowledgesWhenWritten || _queue.TryFollow(new Followed(envelope, null));
        }

        if (_services.Failpoints.Drops(Failpoint.DropPush))
        {
            // A push that is lost takes its connection with it: nothing else may follow on the same socket.
            _socket.Abort();
            return true;
        }

        // Ends with the write that carries it.
        var activity = NodeTracing.StartDeliver(envelope, Session);
        var isFollowed = activity is not null || envelope.HopListener is not null || (envelope.IsHint && _profile.AcknowledgesWhenWritten);
        AwaitAcknowledgement(envelope);
        if (_queue.TryEnqueue(envelope, redelivered: envelope.Seq > 0 && envelope.Seq <= _redeliveredUpto, isFollowed ? new Followed(envelope, activity) : null))
        {
            return true;
        }

        activity?.Dispose();
        return false;
    }

    /// <summary>Whether it is a copy of what this device has sent itself.</summary>
    private bool HasSent(Envelope envelope) => envelope.Copy is not null && envelope.SentBy == Session.Device;

    /// <summary>The inbox has brought this hint's message before it. Who follows the message hears all the same that it was written: the inbox does not keep who that is.</summary>
    private void FollowLate(Envelope hint)
    {
        if (HasSent(hint) || !_profile.Takes(hint))
        {
            return;
        }

        var activity = NodeTracing.StartDeliver(hint, Session);
        if (activity is null && hint.HopListener is null)
        {
            return;
        }

        AwaitAcknowledgement(hint);
        if (!_queue.TryFollow(new Followed(hint, activity)))
        {
            activity?.Dispose();
        }
    }

    private void OnWritten(int messages, IReadOnlyList<Followed> followed)
    {
        _isStalled = false;
        _services.Metrics.MessagesOut.Add(messages);
        foreach (var (envelope, activity) in followed)
        {
            activity?.Dispose();
            if (envelope.HopListener is not null)
            {
                _services.Hops.Report(envelope, HopReporter.Written);

                // With a late hint that may have come before.
                ReportAcknowledged(Volatile.Read(ref _acknowledged));
            }

            if (envelope.IsHint && _profile.AcknowledgesWhenWritten)
            {
                Acknowledge(envelope.Seq, envelope.Epoch, envelope.SentAt);
            }
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
            _acknowledged = Math.Max(_acknowledged, seq);
            while (_reported.TryPeek(out var envelope) && envelope.Seq <= _acknowledged)
            {
                _services.Hops.Report(_reported.Dequeue(), HopReporter.Acknowledged);
            }
        }
    }
}
