// What a ds.v1 frame asks for in a room.
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Messaging;

internal sealed partial class CommandDispatcher
{
    /// <summary>What is asked for in a room. Null, or why it is refused.</summary>
    private ValueTask<CommandProblem?> CarryOutAsync(Connection connection, Command.Room asked, CancellationToken cancellationToken) => asked switch
    {
        Command.Join join => rooms.JoinAsync(connection, join.In, join.Since, join.Id, cancellationToken),
        Command.Leave leave => rooms.LeaveAsync(connection, leave.In, leave.Id, cancellationToken),
        Command.List list => rooms.ListAsync(connection, list.In, list.After, list.Limit, list.Id, cancellationToken),
        Command.Send sent => RoomCommands.SendAsync(connection, sent.In, sent.Sent, cancellationToken),
        Command.Change change => RoomCommands.ChangeAsync(connection, change.In, change.Changed, cancellationToken),
        Command.History history => rooms.ReadHistoryAsync(connection, history.In, history.Range, history.Limit, history.Id, cancellationToken),
        Command.RoomRead read => rooms.ReadAsync(connection, read.In, read.Upto, cancellationToken),
        Command.RoomAcknowledge ack => new(RoomCommands.Acknowledge(connection, ack.In, ack.Rseq)),
        Command.RoomTyping shown => new(rooms.Type(connection, shown.In, shown.On)),
        _ => throw new ArgumentOutOfRangeException(nameof(asked), asked, "A command that the dispatcher does not know."),
    };

    private Command ToRoomCommand(Connection connection, ref CommandReader reader)
    {
        UserId? after = null;
        if (!RoomId.TryParse(reader.Target.ToString(), out var room, out var problem) || !TryParse(reader.After, ref after, out problem))
        {
            return new Command.Refused(new CommandProblem(ErrorCode.BadRecipient, problem, reader.Id));
        }

        if (TakeRate(connection, ref reader) is { } tooMany)
        {
            return tooMany;
        }

        return reader.Kind switch
        {
            CommandKind.Join => new Command.Join(room, reader.Since is { } since ? new LogEnd(since.Rseq, since.Epoch) : null, reader.Id),
            CommandKind.Leave => new Command.Leave(room, reader.Id),
            CommandKind.Members => new Command.List(room, after, reader.Limit, reader.Id),
            CommandKind.Message => TakeRoomMessage(connection, room, ref reader),
            CommandKind.History => new Command.History(room, new LogRange(reader.Range.Before, reader.Range.After), reader.Limit, reader.Id),
            CommandKind.Edit or CommandKind.Delete => TakeChange(connection, room, ref reader),
            CommandKind.Ack => new Command.RoomAcknowledge(room, reader.Seq),
            CommandKind.Read => new Command.RoomRead(room, reader.Seq),
            _ => new Command.RoomTyping(room, reader.On),
        };
    }

    private static bool TryParse(string? name, ref UserId? user, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (name is not null && UserId.TryParse(name, out var parsed, out problem, "after"))
        {
            user = parsed;
        }

        return problem is null;
    }

    private Command.Send TakeRoomMessage(Connection connection, RoomId room, ref CommandReader reader)
    {
        metrics.MessagesIn.Add(1);
        var now = time.GetUtcNow();
        var id = new MessageId(MessageId.NewUuid(now));
        return new Command.Send(room, new RoomMessage(id, connection.User, connection.Session.Device, reader.Body.ToArray(), reader.Id ?? "")
        {
            SentAt = now.ToUnixTimeMilliseconds(),
            ContentType = reader.ContentType,
            TtlSeconds = reader.Ttl,
        });
    }

    private Command.Change TakeChange(Connection connection, RoomId room, ref CommandReader reader)
    {
        var id = new MessageId(MessageId.NewUuid(time.GetUtcNow()));
        // A bare null would become an empty body.
        var body = reader.Kind == CommandKind.Edit ? reader.Body.ToArray() : (ReadOnlyMemory<byte>?)null;
        return new Command.Change(room, new RoomChange(id, connection.User, connection.Session.Device, new MessageId(reader.Mid!), body, reader.Id!) { ContentType = reader.ContentType });
    }

    private abstract partial record Command
    {
        /// <summary>Something in a room.</summary>
        public abstract record Room(RoomId In) : Command;

        public sealed record Join(RoomId In, LogEnd? Since, string? Id) : Room(In);

        public sealed record Leave(RoomId In, string? Id) : Room(In);

        public sealed record List(RoomId In, UserId? After, int Limit, string? Id) : Room(In);

        public sealed record Send(RoomId In, RoomMessage Sent) : Room(In);

        public sealed record Change(RoomId In, RoomChange Changed) : Room(In);

        public sealed record History(RoomId In, LogRange Range, int Limit, string? Id) : Room(In);

        public sealed record RoomAcknowledge(RoomId In, long Rseq) : Room(In);

        public sealed record RoomRead(RoomId In, long Upto) : Room(In);

        public sealed record RoomTyping(RoomId In, bool On) : Room(In);
    }
}
