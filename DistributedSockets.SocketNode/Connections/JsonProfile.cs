// The profile ds.v1.json.
using System.Buffers;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>The profile <c>ds.v1.json</c>: commands in, pushes out, several to a frame in both directions.</summary>
internal sealed class JsonProfile(CommandDispatcher dispatcher) : Profile
{
    /// <summary>The subprotocol that chooses it.</summary>
    public const string Subprotocol = "ds.v1.json";

    public override bool JoinsPushes => true;

    public override bool AcknowledgesWhenWritten => false;

    public override int CloseCode(CloseReason reason) => reason.Code;

    public override bool Takes(Push push) => true;

    public override void Write(IBufferWriter<byte> frame, Push push, bool redelivered)
    {
        switch (push)
        {
            case Envelope { Kind: EnvelopeKind.Receipt } receipt:
                PushFrame.WriteReceipt(frame, receipt.Body.Span, receipt.Seq, receipt.Id.Value);
                break;
            case Envelope message:
                Write(frame, message, redelivered);
                break;
            case Push.Ack ack:
                PushFrame.WriteAck(frame, ack.Id, ack.Placed.Id.Value, ack.Placed.Seq, ack.Placed.At, ack.Placed.IsDuplicate);
                break;
            case Push.RoomAck ack:
                PushFrame.WriteRoomAck(frame, ack.Id, ack.Placement.Id.Value, ack.Placement.Rseq, ack.Placement.StoredAt, ack.Placement.Outcome != LogOutcome.Stored);
                break;
            case Push.Joined joined:
                PushFrame.WriteJoined(frame, joined.Frame);
                break;
            case Push.Left left:
                PushFrame.WriteLeft(frame, left.Room.Value, left.Id);
                break;
            case Push.Members members:
                PushFrame.WriteMembers(frame, members.Room.Value, [.. members.Page.Members.Select(member => member.User.Value)], members.Page.Count, !members.Page.AtEnd, members.Id);
                break;
            case Push.History history:
                WriteHistory(frame, history);
                break;
            case Push.Conversation conversation:
                WriteHistory(frame, conversation);
                break;
            case Push.RoomTyping typing:
                PushFrame.WriteRoomTyping(frame, typing.From.Value, typing.Room.Value, typing.On);
                break;
            case Push.RoomRead read:
                PushFrame.WriteRoomRead(frame, read.Room.Value, read.Upto);
                break;
            case Push.Error error:
                PushFrame.WriteError(frame, error.Code, error.Reason, error.Id, error.Retry is { } retry ? (int)Math.Ceiling(retry.TotalMilliseconds) : null, error.Limit);
                break;
            case Push.Typing typing:
                PushFrame.WriteTyping(frame, typing.From.Value, typing.To.Value, typing.On);
                break;
            case Push.Presence presence:
                Write(frame, presence);
                break;
            case Push.RoomPresence present:
                PushFrame.WriteRoomPresence(frame, present.Room.Value, Present(present.Online), present.Count, present.More, present.Id);
                break;
            case Push.RoomPresenceChange { Difference: var change } changed:
                PushFrame.WriteRoomPresenceChange(frame, changed.Room.Value, Present(change.Joined), [.. change.Left.Select(user => user.Value)], change.Count);
                break;
            case Push.RoomPresenceEnded ended:
                PushFrame.WriteRoomPresenceEnded(frame, ended.Room.Value);
                break;
            case Push.PresenceEnded ended:
                PushFrame.WritePresenceEnded(frame, ended.Id);
                break;
            case Push.Pong pong:
                PushFrame.WritePong(frame, pong.T.Span);
                break;
            case Push.Renewed renewed:
                PushFrame.WriteAuth(frame, renewed.User.Value, renewed.Expires, renewed.Id);
                break;
            case Push.HopReport report:
                PushFrame.WriteTrace(frame, report.Message.Value, [report.Hop]);
                break;
            case Push.Drain drain:
                PushFrame.WriteDrain(frame, (long)drain.After.TotalMilliseconds, drain.Url);
                break;
            case Push.Welcome welcome:
                PushFrame.WriteWelcome(frame, welcome.Frame);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(push), push, "A push that the profile does not know.");
        }
    }

    public override void Write(IBufferWriter<byte> frame, in FastMessage message)
    {
        Span<char> id = stackalloc char[MessageId.Length];
        message.Id.TryFormat(id, out _, "N");
        PushFrame.WriteMessage(frame, message.From.Value, message.To.Value, message.Body, id, message.SentAt, seq: 0, id: null, ct: null, redelivered: false);
    }

    public override ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        dispatcher.DispatchAsync(connection, frame, cancellationToken);

    public override void RefuseBinary(Connection connection, int length) =>
        connection.Send(new Push.Error(ErrorCode.BadFrame, "binary frames are not part of ds.v1.json; send text", null));

    public override void Tell(Connection connection, Envelope envelope, Outcome outcome)
    {
        if (outcome.Error is { } error)
        {
            TimeSpan? retry = error is ErrorCode.Unavailable or ErrorCode.InboxFull ? Push.RetryAfter : null;
            connection.Send(new Push.Error(error, ReasonOf(error), envelope.ClientId, retry) { Limit = LimitOf(error) });
        }
        else if (outcome.Placed is { } placed && envelope.ClientId is { } id)
        {
            connection.Send(new Push.Ack(id, placed));
        }
    }

    public override void Drain(Connection connection, TimeSpan after, string? url) => connection.Send(new Push.Drain(after, url));

    /// <summary>What was sent to the user, or a copy of what the user has sent: that tells to whom, and when.</summary>
    private static void Write(IBufferWriter<byte> frame, Envelope message, bool redelivered)
    {
        var (to, at) = message.Copy is { } copy ? (copy.To.Value, copy.At) : (message.To.Value, message.SentAt);
        switch (message.Kind)
        {
            case EnvelopeKind.Edit:
                PushFrame.WriteEdit(
                    frame, message.From.Value, to, message.Of!.Value.Value, message.Body.Span, message.Id.Value, at, message.Seq, message.ClientId, message.ContentType, redelivered);
                break;
            case EnvelopeKind.Delete:
                PushFrame.WriteDelete(frame, message.From.Value, to, message.Of!.Value.Value, message.Id.Value, at, message.Seq, message.ClientId, redelivered);
                break;
            default:
                PushFrame.WriteMessage(frame, message.From.Value, to, message.Body.Span, message.Id.Value, at, message.Seq, message.ClientId, message.ContentType, redelivered);
                break;
        }
    }

    private static void WriteHistory(IBufferWriter<byte> frame, Push.History history)
    {
        var (epoch, first, last, more, messages) = PageOf(history.Page);
        PushFrame.WriteHistory(frame, history.Room.Value, history.Id, epoch, first, last, more, messages);
    }

    private static void WriteHistory(IBufferWriter<byte> frame, Push.Conversation conversation)
    {
        var (epoch, first, last, more, messages) = PageOf(conversation.Page);
        PushFrame.WritePeerHistory(frame, conversation.Peer.Value, conversation.Id, epoch, first, last, more, messages);
    }

    private static (string? Epoch, long First, long Last, bool More, IReadOnlyList<HistoryMessage> Messages) PageOf(LogPage page)
    {
        var isEmpty = page.First > page.End.Rseq;
        var messages = page.Entries.Select(entry => new HistoryMessage(
            entry.From.Value, entry.Body, entry.Id.Value, entry.At, entry.Rseq, entry.ClientId, entry.ContentType, entry.EditedAt, entry.DeletedAt));
        return (page.End.Epoch, isEmpty ? 0 : page.First, isEmpty ? 0 : page.End.Rseq, !page.AtEnd, [.. messages]);
    }

    private static IReadOnlyList<PresentMember> Present(IReadOnlyList<PresenceState> members) =>
        [.. members.Select(member => new PresentMember(member.User.Value, member.Since, member.Status))];

    /// <summary>An object for each user, one per line.</summary>
    private static void Write(IBufferWriter<byte> frame, Push.Presence presence)
    {
        for (var index = 0; index < presence.States.Count; index++)
        {
            var state = presence.States[index];
            frame.Write(index == 0 ? ""u8 : "\n"u8);
            var devices = presence.Own?.User == state.User ? presence.Own.Devices : null;
            PushFrame.WritePresence(frame, state.User.Value, state.Online, state.Since, state.Status.Span, state.Version, devices, presence.Id);
        }
    }

    private static string? LimitOf(ErrorCode error) => error switch
    {
        ErrorCode.InboxFull => LimitNames.InboxMessages,
        ErrorCode.LimitReached => LimitNames.EditsPerMessage,
        _ => null,
    };

    private static string ReasonOf(ErrorCode error) => error switch
    {
        ErrorCode.Unavailable => "the store does not answer: whether the message was stored is not known; send it again with the same id",
        ErrorCode.InboxFull => "the recipient's inbox is full: nobody has read it for long; try again later",
        ErrorCode.IdReused => "this id was used for another message to this recipient; nothing was stored. Ids must be unique, such as UUIDs",
        ErrorCode.NoSuchMessage => "there is no such message in the conversation, or not any more",
        ErrorCode.Forbidden => "somebody else has sent this message",
        ErrorCode.LimitReached => "the message was edited too often",
        _ => "the message was refused",
    };
}
