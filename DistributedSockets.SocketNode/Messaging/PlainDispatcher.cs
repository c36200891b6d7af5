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
        while (TryRead(connection, frame.Span, ref offset) is { } envelope)
        {
            metrics.MessagesIn.Add(1);
            using var activity = NodeTracing.StartReceive(connection.Session, envelope);
            await router.RouteAsync(activity is null ? envelope : envelope with { Trace = activity.Context }, connection.Lanes, cancellationToken);
        }
    }

    /// <summary>Reads the message at <paramref name="offset"/> and moves it on; null at the frame's end or where it is malformed.</summary>
    private Envelope? TryRead(Connection connection, ReadOnlySpan<byte> frame, ref int offset)
    {
        var reader = new PlainFrameReader(frame[offset..], stackalloc char[PlainFrameReader.RecipientLength]);
        if (!reader.TryRead())
        {
            return Malformed(connection, frame.Length, reader.Problem);
        }

        offset += reader.BytesConsumed;
        return connection.Recipients.TryGet(reader.To, out var recipient, out var problem)
            ? new Envelope(MessageId.New(time), connection.User, recipient, reader.Body.ToArray(), time.GetUtcNow().ToUnixTimeMilliseconds())
            : Malformed(connection, frame.Length, problem);
    }

    private Envelope? Malformed(Connection connection, int length, string? problem)
    {
        if (problem is not null)
        {
            metrics.MalformedFrames.Add(1);
            LogMalformed(connection.User, connection.Session.Connection, length, problem);
        }

        return null;
    }

    [LoggerMessage(2010, LogLevel.Information, "User {UserId} sent a malformed frame of {Length} bytes on connection {ConnectionId}; dropped: {Problem}")]
    private partial void LogMalformed(UserId userId, ConnectionId connectionId, int length, string problem);
}
