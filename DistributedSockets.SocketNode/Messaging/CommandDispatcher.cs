// What a ds.v1 frame asks for: one switch.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Carries out the commands of a ds.v1 connection, one after the other.</summary>
internal sealed partial class CommandDispatcher(
    MessageRouter router, ReceiptCourier receipts, TypingRelay typing, HopReporter hops, NodeStatus status, NodeMetrics metrics, TimeProvider time,
    ILogger<CommandDispatcher> logger)
{
    /// <summary>Handles one text frame. The bytes are the connection's buffer: nothing keeps them.</summary>
    public async ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        for (var rest = frame; TryRead(connection, ref rest) is { } command && !connection.IsClosing;)
        {
            switch (command)
            {
                case Command.Message message:
                    await SendAsync(connection, message.Envelope, cancellationToken);
                    break;
                case Command.Acknowledge ack:
                    Acknowledge(connection, ack.Seq);
                    break;
                case Command.Read read:
                    await ReadAsync(connection, read, cancellationToken);
                    break;
                case Command.Typing shown:
                    connection.Typing.Set(shown.To, shown.On, on => typing.Show(connection.User, shown.To, on));
                    break;
                case Command.Ping ping:
                    connection.Send(new Push.Pong(ping.T));
                    break;
                case Command.Bye:
                    connection.Close(null);
                    break;
                case Command.Refused refused:
                    Refuse(connection, refused.Problem);
                    break;
            }
        }
    }

    private async ValueTask SendAsync(Connection connection, Envelope envelope, CancellationToken cancellationToken)
    {
        metrics.MessagesIn.Add(1);
        hops.Report(envelope, HopReporter.Received);
        using var activity = NodeTracing.StartReceive(connection.Session);
        await router.RouteAsync(envelope.Follow(activity), connection.Lanes, cancellationToken);
    }

    private void Acknowledge(Connection connection, long seq)
    {
        if (!connection.TryAcknowledge(seq))
        {
            Refuse(connection, new CommandProblem(ErrorCode.BadFrame, "'seq' lies beyond what this connection was sent; acknowledge the seq of a message that has arrived", null));
        }
    }

    private async ValueTask ReadAsync(Connection connection, Command.Read read, CancellationToken cancellationToken)
    {
        if (read.Upto > connection.Sent)
        {
            Refuse(connection, new CommandProblem(ErrorCode.BadFrame, "'upto' lies beyond what this connection was sent; name the seq of a message that has arrived", null));
            return;
        }

        if (connection.Read == (read.From, read.Upto))
        {
            return;
        }

        try
        {
            await receipts.MarkReadAsync(connection.User, read.From, connection.Epoch, read.Upto, cancellationToken);
            connection.Read = (read.From, read.Upto);
        }
        catch (InboxUnavailableException)
        {
            connection.Send(new Push.Error(ErrorCode.Unavailable, "the store does not answer; send the read mark again", null, TimeSpan.FromSeconds(1)));
        }
    }

    /// <summary>Reads the next command and moves <paramref name="rest"/> behind it; null at the frame's end.</summary>
    private Command? TryRead(Connection connection, ref ReadOnlyMemory<byte> rest)
    {
        var reader = new CommandReader(rest.Span, stackalloc char[PlainFrameReader.RecipientLength]);
        if (!reader.TryRead())
        {
            return null;
        }

        var command = ToCommand(connection, ref reader);
        rest = rest[reader.BytesConsumed..];
        return command;
    }

    private Command ToCommand(Connection connection, ref CommandReader reader)
    {
        UserId target = default;
        if (reader.Kind is CommandKind.Message or CommandKind.Read or CommandKind.Typing && !connection.Recipients.TryGet(reader.Target, out target, out var problem))
        {
            return new Command.Refused(new CommandProblem(ErrorCode.BadRecipient, problem, reader.Id));
        }

        return reader.Kind switch
        {
            CommandKind.Message => new Command.Message(new Envelope(MessageId.New(time), connection.User, target, reader.Body.ToArray(), time.GetUtcNow().ToUnixTimeMilliseconds())
            {
                ClientId = reader.Id,
                ContentType = reader.ContentType,
                TtlSeconds = reader.Ttl,
                HopListener = reader.Trace ? new HopListener(status.Self, connection.User, connection.Session.Connection) : null,
            }),
            CommandKind.Ack => new Command.Acknowledge(reader.Seq),
            CommandKind.Read => new Command.Read(target, reader.Seq),
            CommandKind.Typing => new Command.Typing(target, reader.On),
            CommandKind.Ping => new Command.Ping(reader.T.ToArray()),
            CommandKind.Bye => Command.Bye.Instance,
            CommandKind.Hello => new Command.Refused(new CommandProblem(ErrorCode.BadFrame, "hello is for the first frame only; this connection has said it", null)),
            _ => new Command.Refused(reader.Problem!),
        };
    }

    private void Refuse(Connection connection, CommandProblem problem)
    {
        metrics.MalformedFrames.Add(1);
        LogRefused(connection.User, connection.Session.Connection, problem.Code, problem.Reason);
        connection.Send(new Push.Error(problem.Code, problem.Reason, problem.Id));
    }

    /// <summary>What a command asks for, out of the frame's bytes.</summary>
    private abstract record Command
    {
        public sealed record Message(Envelope Envelope) : Command;

        public sealed record Acknowledge(long Seq) : Command;

        public sealed record Read(UserId From, long Upto) : Command;

        public sealed record Typing(UserId To, bool On) : Command;

        public sealed record Ping(ReadOnlyMemory<byte> T) : Command;

        public sealed record Bye : Command
        {
            public static readonly Bye Instance = new();
        }

        public sealed record Refused(CommandProblem Problem) : Command;
    }

    [LoggerMessage(2011, LogLevel.Debug, "User {UserId} was refused a command on connection {ConnectionId}: {Code}: {Reason}")]
    private partial void LogRefused(UserId userId, ConnectionId connectionId, ErrorCode code, string reason);
}
