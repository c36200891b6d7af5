// What arrives from other nodes: messages for the router, notices for whoever they concern.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>Takes over what arrives from other nodes.</summary>
internal sealed partial class BusIntake(MessageRouter router, SessionKeeper sessions, LoopbackProbe probe, TypingRelay typing, RoomIntake rooms, HopReporter hops, PresenceWatch presence, Disconnector disconnector, NodeMetrics metrics, ILogger<BusIntake> logger) : IDisposable
{
    /// <summary>Messages that may be on their way onwards (their recipient has moved or reads slowly); then the queue is not read.</summary>
    private const int Capacity = 4096;

    // Their senders are on other nodes and can't be told; the router has logged and counted it.
    private readonly Lanes _lanes = new(router, Capacity, metrics, (_, _) => { });

    private readonly KnownNames _names = new();

    /// <summary>Called by one at a time.</summary>
    public ValueTask TakeAsync(EnvelopeBatch batch)
    {
        var rest = batch.Envelopes;
        return TryTakeAll(ref rest) ? ValueTask.CompletedTask : AcceptAsync(rest);
    }

    /// <summary>Hands over fast messages for as long as nothing has to wait. False: the envelope at the beginning of <paramref name="rest"/> has to be accepted.</summary>
    private bool TryTakeAll(ref ReadOnlyMemory<byte> rest)
    {
        var reader = new EnvelopeReader(rest.Span);
        var taken = 0;
        while (reader.TryRead())
        {
            if (!reader.IsFast || !TryTake(reader.ToFastMessage(_names)))
            {
                rest = rest[taken..];
                return false;
            }

            taken = reader.Position;
        }

        return true;
    }

    private bool TryTake(in FastMessage message)
    {
        try
        {
            return router.TryAccept(message, _lanes);
        }
        catch (Exception exception)
        {
            // Whatever is wrong with this one, the others must not wait for it.
            LogNotTaken(exception, new MessageId(message.Id));
            return true;
        }
    }

    private async ValueTask AcceptAsync(ReadOnlyMemory<byte> rest)
    {
        do
        {
            var envelope = Read(ref rest);
            try
            {
                await router.AcceptAsync(envelope, _lanes, CancellationToken.None);
            }
            catch (Exception exception)
            {
                LogNotTaken(exception, envelope.Id);
            }
        }
        while (!TryTakeAll(ref rest));
        _lanes.SetOut();
    }

    private Envelope Read(ref ReadOnlyMemory<byte> rest)
    {
        var reader = new EnvelopeReader(rest.Span);
        reader.TryRead();
        rest = rest[reader.Position..];
        return reader.ToEnvelope(_names);
    }

    public void Hear(Notice notice)
    {
        switch (notice)
        {
            case Notice.Probe heard:
                probe.Heard(heard.Number);
                break;
            case Notice.Typing typed:
                typing.Hear(typed);
                break;
            case Notice.Membership or Notice.RoomRead or Notice.RoomTyping or Notice.RoomChanged:
                rooms.Hear(notice);
                break;
            case Notice.Hop hop:
                hops.Hear(hop);
                break;
            case Notice.Reaped:
                sessions.Hear(notice);
                rooms.Hear(notice);
                break;
            case Notice.PresenceChanged changed:
                presence.Take(changed.States);
                break;
            case Notice.Disconnect disconnect:
                disconnector.Hear(disconnect);
                break;
            default:
                sessions.Hear(notice);
                break;
        }
    }

    /// <summary>Completes when everything taken over has an outcome.</summary>
    public Task DrainAsync() => _lanes.DrainAsync();

    public void Dispose() => _lanes.Dispose();

    [LoggerMessage(4030, LogLevel.Error, "Message {MessageId} from the bus could not be taken over")]
    private partial void LogNotTaken(Exception exception, MessageId messageId);
}
