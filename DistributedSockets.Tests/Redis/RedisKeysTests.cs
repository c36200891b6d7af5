// The names in Redis, letter by letter: other versions and operators rely on them.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.Tests.Redis;

public sealed class RedisKeysTests
{
    private static readonly NodeIncarnation Node = new(new NodeId("server-1"), 1_764_000_000_000);

    [Fact]
    public void Names_of_nodes_share_a_slot()
    {
        Assert.Equal("ds:{nodes}:lease:server-1", RedisKeys.Lease(Node.Node));
        Assert.Equal("ds:{nodes}:incarnation", RedisKeys.Incarnations);
        Assert.Equal("ds:{nodes}:alive", RedisKeys.Alive);
        Assert.Equal("ds:{nodes}:info", RedisKeys.Infos);
        Assert.Equal("ds:{nodes}:reaping", RedisKeys.Reaping);
        Assert.Equal("ds:{nodes}:reaper", RedisKeys.ReaperTurn);
        Assert.Equal("ds:{n:server-1#1764000000000}:users", RedisKeys.Users(Node));
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("a{b}c:d%e", "a%7Bb%7Dc%3Ad%25e")]
    [InlineData("Ünï 🚀", "%C3%9Cn%C3%AF%20%F0%9F%9A%80")]
    public void Names_of_a_user_share_a_slot_whatever_the_user_is_called(string user, string encoded)
    {
        var id = new UserId(user);

        Assert.Equal($"ds:{{u:{encoded}}}:sessions", RedisKeys.Sessions(id));
        Assert.Equal($"ds:{{u:{encoded}}}:meta", RedisKeys.Meta(id));
        Assert.Equal($"ds:{{u:{encoded}}}:inbox", RedisKeys.Inbox(id));
        Assert.Equal($"ds:{{u:{encoded}}}:cursors", RedisKeys.Cursors(id));
        Assert.Equal(user, RedisKeys.Decode(RedisKeys.Encode(user)));
    }
}
