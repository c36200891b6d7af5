// What a ds.v1 frame asks for in a conversation: edits, deletions, its history.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Messaging;

internal sealed partial class CommandDispatcher
{
    /// <summary>An edit or a deletion goes the way of a message with an id.</summary>
    private Command.Message TakeChange(Connection connection, Recipient recipient, ref CommandReader reader)
    {
        metrics.MessagesIn.Add(1);
        var activity = NodeTracing.StartReceive(connection.Session);
        var now = time.GetUtcNow();
        var isEdit = reader.Kind == CommandKind.Edit;
        var envelope = new Envelope(
            new MessageId(MessageId.NewUuid(now)), connection.User, recipient.User, isEdit ? reader.Body.ToArray() : default, now.ToUnixTimeMilliseconds())
        {
            Kind = isEdit ? EnvelopeKind.Edit : EnvelopeKind.Delete,
            Of = new MessageId(reader.Mid!),
            ClientId = reader.Id,
            SentBy = connection.Session.Device,
            ContentType = isEdit ? reader.ContentType : null,
        };
        return new Command.Message(envelope.Follow(activity), recipient, activity);
    }

    private static Command TakeHistory(ref CommandReader reader) => UserId.TryParse(reader.Target.ToString(), out var peer, out var problem, "peer")
        ? new Command.Conversation(peer, new LogRange(reader.Range.Before, reader.Range.After), reader.Limit, reader.Id)
        : new Command.Refused(new CommandProblem(ErrorCode.BadRecipient, problem, reader.Id));

    private abstract partial record Command
    {
        public sealed record Conversation(UserId Peer, LogRange Range, int Limit, string? Id) : Command;
    }
}
