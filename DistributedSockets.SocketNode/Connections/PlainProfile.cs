// The plain profile: one message per frame, and nothing else, ever.
using System.Buffers;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>The plain profile: <c>{"from":…,"to":…,"body":…}</c>, one per frame, and nothing else, ever.</summary>
internal sealed partial class PlainProfile(PlainDispatcher dispatcher, ILogger<PlainProfile> logger) : Profile
{
    public override bool JoinsPushes => false;

    public override bool AcknowledgesWhenWritten => true;

    public override int CloseCode(CloseReason reason) => reason.PlainCode;

    public override bool Takes(Push push) => push is Envelope { Kind: EnvelopeKind.Message, Copy: null };

    public override void Write(IBufferWriter<byte> frame, Push push, bool redelivered)
    {
        var message = (Envelope)push;
        PlainFrame.Write(frame, message.From.Value, message.To.Value, message.Body.Span);
    }

    public override void Write(IBufferWriter<byte> frame, in FastMessage message) =>
        PlainFrame.Write(frame, message.From.Value, message.To.Value, message.Body);

    public override ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        dispatcher.DispatchAsync(connection, frame, cancellationToken);

    public override void RefuseBinary(Connection connection, int length) => LogBinaryFrame(connection.User, connection.Session.Connection, length);

    /// <summary>There is one way only to tell a plain sender that a message is lost.</summary>
    public override void Tell(Connection connection, Envelope envelope, Outcome outcome)
    {
        if (outcome.Error is not null)
        {
            connection.Close(CloseReason.NotStored);
        }
    }

    /// <summary>A plain client can't be asked: its turn to leave is its end.</summary>
    public override void Drain(Connection connection, TimeSpan after, string? url) => connection.Close(CloseReason.Drain);

    [LoggerMessage(1004, LogLevel.Information, "User {UserId} sent a binary frame of {Length} bytes on connection {ConnectionId}; dropped")]
    private partial void LogBinaryFrame(UserId userId, ConnectionId connectionId, int length);
}
