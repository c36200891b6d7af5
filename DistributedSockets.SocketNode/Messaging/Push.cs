// What a node sends a client: whatever can stand in a send queue.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>What a node sends a client: an envelope, or one of the answers below, which only ds.v1 connections get.</summary>
internal abstract record Push
{
    /// <summary>When a client may try again what could not be done: about how long a short outage of Redis lasts.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private const int AnswerSize = 128;

    /// <summary>Bytes that it takes in a send queue, roughly.</summary>
    public virtual int Size => AnswerSize;

    public sealed record Welcome(WelcomeFrame Frame) : Push;

    /// <summary>The system now answers for a message.</summary>
    public sealed record Ack(string Id, Placed Placed) : Push;

    /// <summary>A message of this connection is in a room's log.</summary>
    public sealed record RoomAck(string Id, LogPlacement Placement) : Push;

    public sealed record Joined(JoinedFrame Frame) : Push;

    public sealed record Left(RoomId Room, string? Id) : Push;

    public sealed record Members(RoomId Room, MemberPage Page, string? Id) : Push
    {
        public override int Size => AnswerSize + (Page.Members.Count * IdRules.MaxScalars);
    }

    public sealed record History(RoomId Room, LogPage Page, string? Id) : Push
    {
        public override int Size => AnswerSize + Page.Entries.Sum(entry => AnswerSize + entry.Body.Length);
    }

    public sealed record Conversation(UserId Peer, LogPage Page, string? Id) : Push
    {
        public override int Size => AnswerSize + Page.Entries.Sum(entry => AnswerSize + entry.Body.Length);
    }

    public sealed record RoomTyping(UserId From, RoomId Room, bool On) : Push;

    /// <summary>Another device of the user has read so far.</summary>
    public sealed record RoomRead(RoomId Room, long Upto) : Push;

    /// <param name="Id">The sender's id of the message that it is about; null when it is about none or none was given.</param>
    public sealed record Error(ErrorCode Code, string Reason, string? Id, TimeSpan? Retry = null) : Push
    {
        /// <summary>The limit that was reached, by its setting; null where it was none.</summary>
        public string? Limit { get; init; }

        public static Error RateLimited(Excess excess, string? id) =>
            new(ErrorCode.RateLimited, $"more than {excess.Limit} allows; nothing was done, come again after retryMs", id, excess.Wait) { Limit = excess.Limit };
    }

    public sealed record Typing(UserId From, UserId To, bool On) : Push;

    /// <summary>What others see of users, together so that many who change at once are one push.</summary>
    public sealed record Presence(IReadOnlyList<PresenceState> States) : Push
    {
        /// <summary>Of the command that this answers; null for changes.</summary>
        public string? Id { get; init; }

        /// <summary>Where the connection's own user is among them.</summary>
        public OwnDevices? Own { get; init; }

        public override int Size => States.Sum(state => AnswerSize + state.Status.Length);
    }

    /// <summary>The members of a room who are online: an answer, or a part of one.</summary>
    /// <param name="More">Another part follows.</param>
    public sealed record RoomPresence(RoomId Room, IReadOnlyList<PresenceState> Online, long Count, bool More, string? Id) : Push
    {
        public override int Size => AnswerSize + Online.Sum(RoomPicture.SizeOf);
    }

    /// <summary>What has become of the members of a room since what was shown before.</summary>
    public sealed record RoomPresenceChange(RoomId Room, RoomDifference Difference) : Push
    {
        public override int Size => AnswerSize + Difference.Joined.Sum(RoomPicture.SizeOf) + Difference.Left.Sum(RoomPicture.SizeOf);
    }

    /// <summary>The room is not watched any more, though nobody has asked for that.</summary>
    public sealed record RoomPresenceEnded(RoomId Room) : Push;

    /// <summary>What was named is watched no more.</summary>
    public sealed record PresenceEnded(string Id) : Push;

    /// <param name="T">The JSON value that came with the ping; empty for none.</param>
    public sealed record Pong(ReadOnlyMemory<byte> T) : Push;

    /// <summary>A new token has been taken.</summary>
    /// <param name="Expires">When it ends, in ms since 1970.</param>
    public sealed record Renewed(UserId User, long Expires, string? Id) : Push;

    /// <summary>This node is going.</summary>
    /// <param name="Url">Another node's address, if there is one.</param>
    public sealed record Drain(TimeSpan After, string? Url) : Push;

    public sealed record HopReport(MessageId Message, TraceHop Hop) : Push;
}

/// <summary>The devices of the user who asks.</summary>
internal sealed record OwnDevices(UserId User, IReadOnlyList<PresenceDevice> Devices);
