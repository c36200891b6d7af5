// Every name, argument and limit that the bus has at the broker.
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Every name, argument and limit that the bus has at the broker. Nothing here relies on a default of one broker version.
/// <para>
/// A node's queue has two bindings. <c>server.&lt;SERVER_ID&gt;</c> is the published wire name: it reaches whichever boot of the node is there.
/// <c>server.&lt;SERVER_ID&gt;.&lt;incarnation&gt;</c> is what nodes publish to: since only that boot's queue has it, the broker itself returns what is meant for
/// a boot that is gone, and a confirm means exactly that boot. With the first key alone a message for a dead boot would be confirmed as soon
/// as its successor is bound, and the receiver could only throw it away, with nobody told.
/// </para>
/// </summary>
internal static class BusTopology
{
    /// <summary>Topic, durable, no arguments: an argument added later would be refused, and an alternate exchange would swallow returns.</summary>
    public const string Exchange = "messages";

    /// <summary>Where messages go that no version of this code can read.</summary>
    public const string DeadQueue = "ds.dead";

    public const string EnvelopesType = "application/vnd.ds.envelopes";
    public const string NoticeType = "application/vnd.ds.notice";
    public const string RoomType = "application/vnd.ds.room";

    /// <summary>Over how many routing keys rooms are spread: a node listens to those in which it has members, whatever the number of rooms.</summary>
    public const int Shards = 256;

    /// <summary>Why a message lies on <see cref="DeadQueue"/>.</summary>
    public const string ReasonHeader = "ds-reason";

    /// <summary>Whose queue it came from.</summary>
    public const string QueueHeader = "ds-queue";

    /// <summary>A channel has one consumer.</summary>
    public const string ConsumerTag = "node";

    /// <summary>How many messages a node's queue holds; the broker refuses more (reject-publish).</summary>
    public const int QueueLength = 50_000;

    /// <summary>What a notice is worth: after this it is dropped wherever it lies. Milliseconds, as AMQP wants it.</summary>
    public const string NoticeExpiration = "3000";

    /// <summary>How long what already lay on a queue is handed over after its node was unbound.</summary>
    public static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);

    /// <summary>It holds hints and fast copies; the inbox holds the truth. So it may vanish with its owner (exclusive) and refuses when full.</summary>
    public static Dictionary<string, object?> QueueArguments() => new()
    {
        ["x-queue-type"] = "classic",
        ["x-max-length"] = QueueLength,
        ["x-max-length-bytes"] = 64 * 1024 * 1024,
        ["x-overflow"] = "reject-publish",
    };

    public static Dictionary<string, object?> DeadQueueArguments() => new()
    {
        ["x-queue-type"] = "classic",
        ["x-max-length"] = 1_000,
        ["x-overflow"] = "drop-head",
    };

    /// <summary>The published wire name: <c>server.server-1</c>.</summary>
    public static string RoutingKey(NodeId node) => $"server.{node.Value}";

    /// <summary>What nodes publish to: <c>server.server-1.1764000000000</c>.</summary>
    public static string RoutingKey(NodeIncarnation node) =>
        string.Create(CultureInfo.InvariantCulture, $"server.{node.Node.Value}.{node.Number}");

    /// <summary>What is published for the rooms of a shard: <c>rooms.17</c>.</summary>
    public static string RoutingKey(int shard) => string.Create(CultureInfo.InvariantCulture, $"rooms.{shard}");

    /// <summary>Which shard a room is in: by its name alone, so that every node knows.</summary>
    public static int Shard(RoomId room) => (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(room.Value)) % Shards);

    /// <summary>
    /// <c>ds.node.server-1.1764000000000</c>. After a connection that died unseen by the broker the name stays locked until the broker misses its
    /// heartbeats, 20 s or so; <paramref name="attempt"/> gets round that: <c>ds.node.server-1.1764000000000.2</c>.
    /// </summary>
    public static string Queue(NodeIncarnation node, int attempt = 1) => attempt == 1
        ? string.Create(CultureInfo.InvariantCulture, $"ds.node.{node.Node.Value}.{node.Number}")
        : string.Create(CultureInfo.InvariantCulture, $"ds.node.{node.Node.Value}.{node.Number}.{attempt}");
}
