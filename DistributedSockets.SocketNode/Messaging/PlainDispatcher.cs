// What a plain frame asks for: its profile knows one command, send.
using System.Diagnostics;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Turns the frames of a plain connection into envelopes and hands them to the router, one after the other.</summary>
internal sealed partial class PlainDispatcher(MessageRouter router, NodeMetrics metrics, TimeProvider time, ILogger<PlainDispatcher> logger)
{
    /// <summary>Handles one text frame. The bytes are the connection's buffer: nothing keeps them.</summary>
    public ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        while (TryTake(connection, frame.Span, out var length, out var envelope, out var recipient, out var activity))
        {
            frame = frame[length..];
            if (envelope is not null || connection.Rates.IsSpent)
            {
                return RouteAsync(connection, envelope, recipient, activity, frame, cancellationToken);
            }
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask RouteAsync(
        Connection connection, Envelope? envelope, Recipient? recipient, Activity? activity, ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        var length = 0;
        do
        {
            rest = rest[length..];
            using (activity)
            {
                if (envelope is not null)
                {
                    await router.RouteAsync(envelope, recipient!, connection.Lanes, cancellationToken);
                }
            }

            if (connection.Rates.IsSpent)
            {
                // A plain client can't be told: it is read no faster than it may send.
                connection.Lanes.SetOut();
                await connection.Rates.WhenRoomAsync(cancellationToken);
            }
        }
        while (!connection.IsClosing && TryTake(connection, rest.Span, out length, out envelope, out recipient, out activity));
    }

    /// <summary>Takes the message at the beginning of <paramref name="frame"/>; false at its end or where it is malformed.</summary>
    /// <param name="envelope">The message, if it has to be routed; null when it has been delivered.</param>
    /// <param name="activity">Its trace, if it is traced.</param>
    private bool TryTake(
        Connection connection, ReadOnlySpan<byte> frame, out int length, out Envelope? envelope, out Recipient? recipient, out Activity? activity)
    {
        recipient = null;
        envelope = null;
        activity = null;
        var reader = new PlainFrameReader(frame, stackalloc char[PlainFrameReader.RecipientLength]);
        var isRead = reader.TryRead();
        length = reader.BytesConsumed;
        if (!isRead)
        {
            return Malformed(connection, frame.Length, reader.Problem);
        }

        if (!connection.Recipients.TryGet(reader.To, out recipient, out var problem))
        {
            return Malformed(connection, frame.Length, problem);
        }

        if (!connection.Grants.Direct)
        {
            return Malformed(connection, frame.Length, "the token does not let its user write to users (ds.dm)");
        }

        connection.Rates.ChargeMessage();
        metrics.MessagesIn.Add(1);
        activity = NodeTracing.StartReceive(connection.Session);
        var now = time.GetUtcNow();
        var message = new FastMessage(MessageId.NewUuid(now), connection.User, recipient.User, reader.Body, now.ToUnixTimeMilliseconds());
        if (activity is not null || !router.TryRoute(message, recipient, connection.Lanes))
        {
            envelope = message.ToEnvelope().Follow(activity);
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
