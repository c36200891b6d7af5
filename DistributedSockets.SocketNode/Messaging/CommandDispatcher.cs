// What a ds.v1 frame asks for: one switch. In rooms: CommandDispatcher.Rooms.cs; in conversations: CommandDispatcher.Conversations.cs.
using System.Diagnostics;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Carries out the commands of a ds.v1 connection, one after the other.</summary>
internal sealed partial class CommandDispatcher(
    MessageRouter router, ReceiptCourier receipts, TypingRelay typing, RoomCommands rooms, HistoryCommands history, PresenceCommands presence, TokenRenewal renewal, HopReporter hops, NodeStatus status, NodeMetrics metrics, TimeProvider time,
    ILogger<CommandDispatcher> logger)
{
    /// <summary>Handles one text frame. The bytes are the connection's buffer: nothing keeps them.</summary>
    public async ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        for (var rest = frame; TryRead(connection, ref rest) is { } command && !connection.IsClosing;)
        {
            if (command is not (Command.Message or Command.Acknowledge))
            {
                // It may wait for something, and what came before it must not wait too.
                connection.Lanes.SetOut();
            }

            switch (command)
            {
                case Command.Message message:
                    await SendAsync(connection, message, cancellationToken);
                    break;
                case Command.Room asked:
                    RefuseIfAny(connection, await CarryOutAsync(connection, asked, cancellationToken));
                    break;
                case Command.Conversation asked:
                    RefuseIfAny(connection, await history.ReadAsync(connection, asked.Peer, asked.Range, asked.Limit, asked.Id, cancellationToken));
                    break;
                case Command.Acknowledge ack:
                    Acknowledge(connection, ack.Seq);
                    break;
                case Command.Read read:
                    await ReadAsync(connection, read, cancellationToken);
                    break;
                case Command.Typing shown:
                    ShowTyping(connection, shown);
                    break;
                case Command.Ping ping:
                    connection.Send(new Push.Pong(ping.T));
                    break;
                case Command.Auth auth:
                    await renewal.RenewAsync(connection, auth.Token, auth.Id, cancellationToken);
                    break;
                case Command.Presence asked:
                    if (await presence.ExecuteAsync(connection, asked.Frame, cancellationToken) is { } problem)
                    {
                        Refuse(connection, problem);
                    }

                    break;
                case Command.Bye:
                    connection.Leave();
                    break;
                case Command.Refused refused:
                    Refuse(connection, refused.Problem);
                    break;
                case Command.TooMany tooMany:
                    Refuse(connection, tooMany);
                    break;
            }
        }
    }

    private async ValueTask SendAsync(Connection connection, Command.Message message, CancellationToken cancellationToken)
    {
        hops.Report(message.Envelope, HopReporter.Received);
        using (message.Activity)
        {
            await router.RouteAsync(message.Envelope, message.Recipient, connection.Lanes, cancellationToken);
        }
    }

    /// <summary>On its own, so that no other command makes what this one keeps.</summary>
    private void ShowTyping(Connection connection, Command.Typing shown) =>
        connection.Typing.Set(new TypingTarget(shown.To.Value, IsRoom: false), shown.On, on => typing.Show(connection.User, shown.To, on));

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

        // `read` comes besides `delivered`, and rather not before it.
        connection.HurryAcknowledgement();
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
        if (reader.IsRoom && reader.Kind != CommandKind.Invalid)
        {
            return ToRoomCommand(connection, ref reader);
        }

        Recipient? target = null;
        if (reader.Kind is CommandKind.Message or CommandKind.Read or CommandKind.Typing or CommandKind.Edit or CommandKind.Delete && !connection.Recipients.TryGet(reader.Target, out target, out var problem))
        {
            return new Command.Refused(new CommandProblem(ErrorCode.BadRecipient, problem, reader.Id));
        }

        if (reader.Kind is CommandKind.Message or CommandKind.Typing or CommandKind.Edit or CommandKind.Delete or CommandKind.History && !connection.Grants.Direct)
        {
            return new Command.Refused(new CommandProblem(ErrorCode.Forbidden, "the token does not let its user write to users, or read what was written (ds.dm)", reader.Id));
        }

        if (TakeRate(connection, ref reader) is { } tooMany)
        {
            return tooMany;
        }

        return reader.Kind switch
        {
            CommandKind.Message => TakeMessage(connection, target!, ref reader),
            CommandKind.Edit or CommandKind.Delete => TakeChange(connection, target!, ref reader),
            CommandKind.History => TakeHistory(ref reader),
            CommandKind.Ack => new Command.Acknowledge(reader.Seq),
            CommandKind.Read => new Command.Read(target!.User, reader.Seq),
            CommandKind.Typing => new Command.Typing(target!.User, reader.On),
            CommandKind.Ping => new Command.Ping(reader.T.ToArray()),
            CommandKind.Auth => new Command.Auth(reader.Token!, reader.Id),
            CommandKind.Presence => new Command.Presence(reader.Presence!),
            CommandKind.Bye => Command.Bye.Instance,
            CommandKind.Hello => new Command.Refused(new CommandProblem(ErrorCode.BadFrame, "hello is for the first frame only; this connection has said it", null)),
            _ => new Command.Refused(reader.Problem!),
        };
    }

    /// <summary>Null: the command may be done. Who types too much is not told, and nobody is shown it.</summary>
    private static Command? TakeRate(Connection connection, ref CommandReader reader) =>
        connection.Rates.Take(reader.Kind) is not { } excess ? null
        : reader.Kind == CommandKind.Typing ? Command.Done.Instance
        : new Command.TooMany(excess, reader.Id);

    /// <summary>Most fast messages are on their way before they have become anything else than bytes.</summary>
    private Command TakeMessage(Connection connection, Recipient recipient, ref CommandReader reader)
    {
        metrics.MessagesIn.Add(1);
        var activity = NodeTracing.StartReceive(connection.Session);
        var now = time.GetUtcNow();
        var message = new FastMessage(MessageId.NewUuid(now), connection.User, recipient.User, reader.Body, now.ToUnixTimeMilliseconds());
        var isBare = reader.Id is null && reader.ContentType is null && reader.Ttl == 0 && !reader.Trace && activity is null;
        if (isBare && router.TryRoute(message, recipient, connection.Lanes))
        {
            return Command.Done.Instance;
        }

        var envelope = message.ToEnvelope() with
        {
            ClientId = reader.Id,
            SentBy = connection.Session.Device,
            ContentType = reader.ContentType,
            TtlSeconds = reader.Ttl,
            HopListener = reader.Trace ? new HopListener(status.Self, connection.User, connection.Session.Connection) : null,
        };
        return new Command.Message(envelope.Follow(activity), recipient, activity);
    }

    private void RefuseIfAny(Connection connection, CommandProblem? problem)
    {
        if (problem is not null)
        {
            Refuse(connection, problem);
        }
    }

    private void Refuse(Connection connection, CommandProblem problem)
    {
        metrics.MalformedFrames.Add(1);
        LogRefused(connection.User, connection.Session.Connection, problem.Code, problem.Reason);
        connection.Send(new Push.Error(problem.Code, problem.Reason, problem.Id, problem.Code == ErrorCode.Unavailable ? Push.RetryAfter : null) { Limit = problem.Limit });
    }

    private static void Refuse(Connection connection, Command.TooMany command)
    {
        connection.Send(Push.Error.RateLimited(command.Excess, command.Id));
        if (connection.Rates.IsAbused)
        {
            connection.Close(CloseReason.TooFast);
        }
    }

    /// <summary>What a command asks for, out of the frame's bytes.</summary>
    private abstract partial record Command
    {
        /// <summary>Nothing is left to do: a message that was handed on already, or what is dropped.</summary>
        public sealed record Done : Command
        {
            public static readonly Done Instance = new();
        }

        public sealed record Message(Envelope Envelope, Recipient Recipient, Activity? Activity) : Command;

        public sealed record Acknowledge(long Seq) : Command;

        public sealed record Read(UserId From, long Upto) : Command;

        public sealed record Typing(UserId To, bool On) : Command;

        public sealed record Ping(ReadOnlyMemory<byte> T) : Command;

        public sealed record Auth(string Token, string? Id) : Command;

        public sealed record Presence(PresenceFrame Frame) : Command;

        public sealed record Bye : Command
        {
            public static readonly Bye Instance = new();
        }

        public sealed record Refused(CommandProblem Problem) : Command;

        /// <summary>More than the connection, its user or its address may send.</summary>
        public sealed record TooMany(Excess Excess, string? Id) : Command;
    }

    [LoggerMessage(2011, LogLevel.Debug, "User {UserId} was refused a command on connection {ConnectionId}: {Code}: {Reason}")]
    private partial void LogRefused(UserId userId, ConnectionId connectionId, ErrorCode code, string reason);
}
