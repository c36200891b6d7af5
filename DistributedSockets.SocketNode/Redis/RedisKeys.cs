// The names of everything in Redis.
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// The names of everything in Redis. What stands in braces decides the slot in a Redis Cluster: keys that one script
/// touches share it.
/// </summary>
internal static class RedisKeys
{
    /// <summary>How many keys take turns at remembering ids: today's, yesterday's, and one that has time to expire.</summary>
    public const int Days = 3;

    private const string PlainField = "plain:";
    private const string UserPrefix = "u:";
    private const string RoomPrefix = "r:";

    /// <summary>Hash: node -> its highest incarnation that was given out.</summary>
    public static readonly RedisKey Incarnations = "ds:{nodes}:incarnation";

    /// <summary>Sorted set: incarnation -> until when it lives, in ms of Redis' clock. What is past waits for the reaper.</summary>
    public static readonly RedisKey Alive = "ds:{nodes}:alive";

    /// <summary>Hash: incarnation -> what it tells about itself, as JSON.</summary>
    public static readonly RedisKey Infos = "ds:{nodes}:info";

    /// <summary>Set: dead incarnations that may still have sessions.</summary>
    public static readonly RedisKey Reaping = "ds:{nodes}:reaping";

    /// <summary>String that expires: the incarnation whose turn it is to reap.</summary>
    public static readonly RedisKey ReaperTurn = "ds:{nodes}:reaper";

    /// <summary>Hash: user -> before when their tokens must have been issued to be revoked, in ms. It has no end: nobody knows how long a token lasts.</summary>
    public static readonly RedisKey RevokedUsers = "ds:{revoked}:users";

    /// <summary>Sorted set: id of a revoked token -> when it can be forgotten, in ms.</summary>
    public static readonly RedisKey RevokedTokens = "ds:{revoked}:tokens";

    /// <summary>Stream: what was revoked, each under <c>0-number</c>: <c>k</c> <c>u</c> for a user or <c>t</c> for a token, <c>n</c> who or which, <c>t</c> the time that belongs to it.</summary>
    public static readonly RedisKey RevocationLog = "ds:{revoked}:log";

    /// <summary>String, in Development only: the key that tokens are signed with where no other is configured.</summary>
    public static readonly RedisKey DevelopmentKey = "ds:{nodes}:devkey";

    /// <summary>String that expires: the number of the incarnation that has the node's name.</summary>
    public static RedisKey Lease(NodeId node) => $"ds:{{nodes}}:lease:{Encode(node.Value)}";

    /// <summary>Set: the users that have sessions there; the reaper's work list.</summary>
    public static RedisKey Users(NodeIncarnation node) => $"ds:{{n:{Member(node)}}}:users";

    /// <summary>Set that expires: the rooms that connections there are in, for lists.</summary>
    public static RedisKey Rooms(NodeIncarnation node) => $"ds:{{n:{Member(node)}}}:rooms";

    /// <summary>Set that expires: users there that a hint may not have reached.</summary>
    public static RedisKey Missed(NodeIncarnation node) => $"ds:{{n:{Member(node)}}}:missed";

    /// <summary>Set that expires: users watched there whose changes may not have reached it.</summary>
    public static RedisKey Unseen(NodeIncarnation node) => $"ds:{{n:{Member(node)}}}:unseen";

    /// <summary>Hash: device -> session, as <see cref="SessionCodec"/> writes them.</summary>
    public static RedisKey Sessions(UserId user) => OfUser(user, "sessions");

    /// <summary>
    /// Hash: <c>epoch</c>, <c>seq</c>, <c>delivered</c> (the mark), <c>trimmed</c> (what is gone to make room reaches up to there), <c>bytes</c> of the bodies that are pending;
    /// the messages <c>accepted</c>, <c>deliveredCount</c>, <c>expired</c>, <c>failed</c>; <c>entries</c>, how many the stream should have; <c>owed</c>, the number of the
    /// last outcome; <c>life</c>, what outcomes are numbered in, once that is not <c>epoch</c> any more; <c>visit</c>, by when the user is certain to be visited; <c>visits</c>, how often they were; <c>idDay</c>, the last day since
    /// 1970 for which something was remembered under <see cref="Ids(UserId, int)"/>.
    /// </summary>
    public static RedisKey Meta(UserId user) => OfUser(user, "meta");

    /// <summary>Stream: messages and receipts, as <see cref="StoredEnvelope"/> reads them, each entry under the <c>0-seq</c> of its last.</summary>
    public static RedisKey Inbox(UserId user) => OfUser(user, "inbox");

    /// <summary>
    /// Stream: rows of reliable messages in the inbox, without their bodies, for read marks to look through: <c>f</c> sender and <c>n</c> how many, under the <c>0-seq</c>
    /// of the last.
    /// </summary>
    public static RedisKey Senders(UserId user) => OfUser(user, "senders");

    /// <summary>Hash: <see cref="DeviceField">device</see> -> the seq it has acknowledged, and when.</summary>
    public static RedisKey Cursors(UserId user) => OfUser(user, "cursors");

    /// <summary>Hash: <see cref="DeviceField">device</see> -> hashes of its resume token and of the one before, and until when they are valid. Expires with the last of them.</summary>
    public static RedisKey Resume(UserId user) => OfUser(user, "resume");

    /// <summary>Sorted set: seq -> when it expires; only what has a time of its own.</summary>
    public static RedisKey Due(UserId user) => OfUser(user, "due");

    /// <summary>Stream: outcomes that are owed to senders, each under <c>0-number</c>.</summary>
    public static RedisKey Owed(UserId user) => OfUser(user, "owed");

    /// <summary>Hash: sender -> up to which seq their messages were read.</summary>
    public static RedisKey Reads(UserId user) => OfUser(user, "reads");

    /// <summary>Hash: peer -> the life and number of the last outcome of theirs that lies in this user's inbox.</summary>
    public static RedisKey Receipted(UserId user) => OfUser(user, "receipted");

    /// <summary>
    /// Hash that expires: sender and their own id, as 16 bytes of hash -> the first message with them: 8 bytes of hash of its body, then its id, seq and time. There is
    /// one for each of <see cref="Days"/> days in turn.
    /// </summary>
    public static RedisKey Ids(UserId user, int day) => OfUser(user, IdsOf(day));

    /// <summary>Hash: room -> the user's state and places in it, as shared-rooms.lua describes them.</summary>
    public static RedisKey Rooms(UserId user) => OfUser(user, "rooms");

    /// <summary>
    /// Hash: <c>epoch</c>; <c>rseq</c>, the last number of the log, and <c>first</c>, the oldest that it has; <c>bytes</c> of the bodies in it; <c>mv</c>, the version of the list of members;
    /// <c>kept</c>, only of everyone's room; only of a conversation, <c>in:user</c>, the life and number of the last outcome whose messages to that user are in the log, and <c>index</c>, where
    /// that of the row lies that <c>first</c> has come into, or 0. Expires some time after the log when the room has no members and is not everyone's.
    /// </summary>
    public static RedisKey Meta(RoomId room) => OfRoom(room, "meta");

    /// <summary>Sorted set: user -> the stamp of their join, which is when it was, in us.</summary>
    public static RedisKey Members(RoomId room) => OfRoom(room, "members");

    /// <summary>Hash that expires: rseq -> entry; of several that are kept together, the first's -> their index, the last's -> a row. shared-log.lua describes them.</summary>
    public static RedisKey Log(RoomId room) => OfRoom(room, "log");

    /// <summary>Hash that expires: id of a message in the log -> its rseq, or that of its row.</summary>
    public static RedisKey MessageIds(RoomId room) => OfRoom(room, "mids");

    /// <summary>Hash that expires: as <see cref="Ids(UserId, int)"/>, with rseq for seq.</summary>
    public static RedisKey Ids(RoomId room, int day) => OfRoom(room, IdsOf(day));

    /// <summary>The keys of a room's log.</summary>
    public static LogKeys LogOf(RoomId room) => LogOf(what => OfRoom(room, what));

    /// <summary>The keys of a conversation's log: as a room's, but that nobody ever is a member.</summary>
    public static LogKeys LogOf(Conversation conversation) => LogOf(what => OfConversation(conversation, what));

    /// <summary>Hash: what others see of the user, and when their devices were last there, as shared-presence.lua describes it.</summary>
    public static RedisKey Presence(UserId user) => OfUser(user, "presence");

    /// <summary>Set: the nodes that watch the user's presence. Who is told of a change takes the dead ones off.</summary>
    public static RedisKey Watchers(UserId user) => OfUser(user, "watchers");

    /// <summary>Sorted set: user -> when their grace may be over.</summary>
    public static RedisKey Graces(int shard) => OfShard(shard, "presence");

    /// <summary>Stream that expires: events of the user or room that the application's back end has not been told of yet, as <see cref="HookCodec"/> reads them.</summary>
    public static RedisKey Events(HookOwner owner) => OfOwner(owner, "events");

    /// <summary>Hash that expires: <c>lost</c> and <c>paused</c>, as shared-hooks.lua describes them.</summary>
    public static RedisKey Hook(HookOwner owner) => OfOwner(owner, "hook");

    /// <summary>Sorted set: whose events may have to be posted, as <see cref="Member(HookOwner)"/> -> when to look.</summary>
    public static RedisKey Hooks(int shard) => OfShard(shard, "hooks");

    /// <summary>String that expires: the incarnation whose turn it is to post.</summary>
    public static RedisKey HookTurn(int shard) => OfShard(shard, "hookturn");

    /// <summary>Sorted set: user -> by when a visit is wanted.</summary>
    public static RedisKey Visits(int shard) => OfShard(shard, "visits");

    /// <summary>String that expires: the incarnation whose turn it is to visit.</summary>
    public static RedisKey VisitorTurn(int shard) => OfShard(shard, "turn");

    /// <summary>Hash: the totals of the counters in <c>meta</c>, and what each user has contributed.</summary>
    public static RedisKey Ledger(int shard) => OfShard(shard, "ledger");

    /// <summary>Which of the lists of visits a user is on.</summary>
    public static int Shard(UserId user) => Shard(user.Value);

    /// <summary>Which of the lists of <see cref="Hooks"/> a user or room is on.</summary>
    public static int Shard(HookOwner owner) => Shard(owner.Name);

    /// <summary>A device as a field of a hash. An encoded device contains no colon: one that calls itself <c>plain</c> is not the one that plain connections share.</summary>
    public static string DeviceField(DeviceId device) => device == DeviceId.Plain ? PlainField : Encode(device.Value);

    public static DeviceId ReadDeviceField(string field) => field == PlainField ? DeviceId.Plain : new DeviceId(Decode(field));

    /// <summary>An incarnation as a member of a set: <c>server-1#1764000000000</c>.</summary>
    public static string Member(NodeIncarnation node) => new NodeIncarnation(new NodeId(Encode(node.Node.Value)), node.Number).ToString();

    /// <summary>The incarnations among members of a set; what is none is left out.</summary>
    public static IEnumerable<NodeIncarnation> ReadMembers(IEnumerable<RedisValue> members)
    {
        foreach (var member in members)
        {
            if (NodeIncarnation.TryParse(member.ToString(), out var incarnation))
            {
                yield return incarnation;
            }
        }
    }

    /// <summary>Whose events they are as a member of a set: <c>u:alice</c>, <c>r:team</c>.</summary>
    public static string Member(HookOwner owner) => (owner.IsRoom ? RoomPrefix : UserPrefix) + Encode(owner.Name);

    public static HookOwner ReadOwner(string member) => new(member.StartsWith(RoomPrefix, StringComparison.Ordinal), Decode(member[RoomPrefix.Length..]));

    /// <summary>Percent-encodes all but ASCII letters, digits and <c>-._~</c>: a brace in an id would change the slot, a colon the meaning.</summary>
    public static string Encode(string id) => Uri.EscapeDataString(id);

    public static string Decode(string encoded) => Uri.UnescapeDataString(encoded);

    private static int Shard(string id) => (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(Encode(id))) % IInboxUpkeep.Shards);

    private static RedisKey OfOwner(HookOwner owner, string what) => owner.IsRoom ? OfRoom(new RoomId(owner.Name), what) : OfUser(new UserId(owner.Name), what);

    private static RedisKey OfShard(int shard, string what) => string.Create(CultureInfo.InvariantCulture, $"ds:{{due:{shard}}}:{what}");

    private static LogKeys LogOf(Func<string, RedisKey> key)
    {
        RedisKey[] log = [key("meta"), key("log"), key("mids"), key("members")];
        return new LogKeys(log, [.. log, .. Enumerable.Range(0, Days).Select(day => key(IdsOf(day)))]);
    }

    private static string IdsOf(int day) => string.Create(CultureInfo.InvariantCulture, $"ids:{day}");

    /// <summary>An encoded name has no colon, so it is always clear where the first ends.</summary>
    private static RedisKey OfConversation(Conversation conversation, string what) =>
        $"ds:{{c:{Encode(conversation.First.Value)}:{Encode(conversation.Second.Value)}}}:{what}";

    private static RedisKey OfRoom(RoomId room, string what) => $"ds:{{r:{Encode(room.Value)}}}:{what}";

    private static RedisKey OfUser(UserId user, string what) => $"ds:{{u:{Encode(user.Value)}}}:{what}";
}

/// <summary>The keys of one log, in the order in which the scripts of logs want them.</summary>
/// <param name="Log">What every script has: <c>meta</c>, <c>log</c>, <c>mids</c>, <c>members</c>.</param>
/// <param name="WithIds">And the ids that are remembered.</param>
internal sealed record LogKeys(RedisKey[] Log, RedisKey[] WithIds);
