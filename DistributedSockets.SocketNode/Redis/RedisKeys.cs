// The names of everything in Redis.
using DistributedSockets.SocketNode.Messaging;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// The names of everything in Redis. What stands in braces decides the slot in a Redis Cluster: keys that one script
/// touches share it.
/// </summary>
internal static class RedisKeys
{
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

    /// <summary>String that expires: the number of the incarnation that has the node's name.</summary>
    public static RedisKey Lease(NodeId node) => $"ds:{{nodes}}:lease:{Encode(node.Value)}";

    /// <summary>Set: the users that have sessions there; the reaper's work list.</summary>
    public static RedisKey Users(NodeIncarnation node) => $"ds:{{n:{Member(node)}}}:users";

    /// <summary>Hash: device -> session, as <see cref="SessionCodec"/> writes them.</summary>
    public static RedisKey Sessions(UserId user) => OfUser(user, "sessions");

    /// <summary>
    /// Hash: <c>epoch</c>, <c>seq</c>, <c>delivered</c>; <c>bytes</c> of all bodies ever appended, <c>deliveredBytes</c> of those up to the mark.
    /// </summary>
    public static RedisKey Meta(UserId user) => OfUser(user, "meta");

    /// <summary>Stream: the messages, as <see cref="Inbox.StoredEnvelope"/> writes them, each under <c>0-seq</c>.</summary>
    public static RedisKey Inbox(UserId user) => OfUser(user, "inbox");

    /// <summary>Hash: device -> the seq it has acknowledged, and when.</summary>
    public static RedisKey Cursors(UserId user) => OfUser(user, "cursors");

    /// <summary>An incarnation as a member of a set: <c>server-1#1764000000000</c>.</summary>
    public static string Member(NodeIncarnation node) => new NodeIncarnation(new NodeId(Encode(node.Node.Value)), node.Number).ToString();

    /// <summary>Percent-encodes all but ASCII letters, digits and <c>-._~</c>: a brace in an id would change the slot, a colon the meaning.</summary>
    public static string Encode(string id) => Uri.EscapeDataString(id);

    public static string Decode(string encoded) => Uri.UnescapeDataString(encoded);

    private static RedisKey OfUser(UserId user, string what) => $"ds:{{u:{Encode(user.Value)}}}:{what}";
}
