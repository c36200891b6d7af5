// What a plain frame asks for: its profile knows one command, send.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Turns the frames of a plain connection into envelopes and hands them to the router, one after the other.</summary>
internal sealed partial class PlainDispatcher(MessageRouter router, NodeMetrics metrics, TimeProvider time, ILogger<PlainDispatcher> logger)
{
    /// <summary>Handles one text frame. The bytes are the connection's buffer: nothing keeps them.</summary>
    public async ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        var offset = 0;
        while (TryRead(connection, frame.Span, ref offset, out var envelope))
        {
            metrics.MessagesIn.Add(1);
            if (envelope is null)
            {
                continue;
            }

            using var activity = NodeTracing.StartReceive(connection.Session, envelope);
            await router.RouteAsync(activity is null ? envelope : envelope with { Trace = activity.Context }, connection.Lanes, cancellationToken);
        }
    }

    /// <summary>Reads the message at <paramref name="offset"/> and moves it on; false at the frame's end or where it is malformed.</summary>
    /// <param name="envelope">The message; null when it has been delivered.</param>
    private bool TryRead(Connection connection, ReadOnlySpan<byte> frame, ref int offset, out Envelope? envelope)
    {
        envelope = null;
        var reader = new PlainFrameReader(frame[offset..], stackalloc char[PlainFrameReader.RecipientLength]);
        if (!reader.TryRead())
        {
            return Malformed(connection, frame.Length, reader.Problem);
        }

        offset += reader.BytesConsumed;
        if (!connection.Recipients.TryGet(reader.To, out var recipient, out var problem))
        {
            return Malformed(connection, frame.Length, problem);
        }

        if (NodeTracing.Source.HasListeners() || !router.TryRouteHere(connection.User, recipient, reader.Body, connection.Lanes))
        {
            var now = time.GetUtcNow();
            envelope = new Envelope(MessageId.New(now), connection.User, recipient, reader.Body.ToArray(), now.ToUnixTimeMilliseconds());
        }

        return true;
    }

    private bool Malformed(Connection connection, int length, string? problem)
    {
        if (problem is not null)
        {
            metrics.MalformedFrames.Add(1);
            LogMalformed(connection.User, connection.Session.Connection, length, problem);
        }

        return false;
    }

    [LoggerMessage(2010, LogLevel.Information, "User {UserId} sent a malformed frame of {Length} bytes on connection {ConnectionId}; dropped: {Problem}")]
    private partial void LogMalformed(UserId userId, ConnectionId connectionId, int length, string problem);
}
