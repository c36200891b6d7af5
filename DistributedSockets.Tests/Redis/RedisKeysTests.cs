// The names in Redis, letter by letter: other versions and operators rely on them.
using DistributedSockets.SocketNode.Inbox;
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
        Assert.Equal("ds:{nodes}:devkey", RedisKeys.DevelopmentKey);
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
        Assert.Equal($"ds:{{u:{encoded}}}:resume", RedisKeys.Resume(id));
        Assert.Equal($"ds:{{u:{encoded}}}:due", RedisKeys.Due(id));
        Assert.Equal($"ds:{{u:{encoded}}}:owed", RedisKeys.Owed(id));
        Assert.Equal($"ds:{{u:{encoded}}}:reads", RedisKeys.Reads(id));
        Assert.Equal($"ds:{{u:{encoded}}}:receipted", RedisKeys.Receipted(id));
        Assert.Equal($"ds:{{u:{encoded}}}:ids:2", RedisKeys.Ids(id, 2));
        Assert.Equal(user, RedisKeys.Decode(RedisKeys.Encode(user)));
    }

    [Fact]
    public void Names_of_what_is_revoked_share_a_slot()
    {
        Assert.Equal("ds:{revoked}:users", RedisKeys.RevokedUsers);
        Assert.Equal("ds:{revoked}:tokens", RedisKeys.RevokedTokens);
        Assert.Equal("ds:{revoked}:log", RedisKeys.RevocationLog);
    }

    [Fact]
    public void Names_of_a_list_of_visits_share_a_slot()
    {
        Assert.Equal("ds:{due:15}:visits", RedisKeys.Visits(15));
        Assert.Equal("ds:{due:15}:turn", RedisKeys.VisitorTurn(15));
        Assert.Equal("ds:{due:15}:ledger", RedisKeys.Ledger(15));
    }

    [Fact]
    public void A_user_is_on_the_same_list_in_every_process()
    {
        Assert.Equal([0, 5, 1], new[] { "alice", "bob", "Ünï 🚀" }.Select(user => RedisKeys.Shard(new UserId(user))));
        Assert.Equal(IInboxUpkeep.Shards, Enumerable.Range(0, 1000).Select(number => RedisKeys.Shard(new UserId($"user-{number}"))).Distinct().Count());
    }

    [Fact]
    public void A_device_that_calls_itself_plain_is_not_the_one_that_plain_connections_share()
    {
        Assert.Equal("plain:", RedisKeys.DeviceField(DeviceId.Plain));
        Assert.Equal("plain", RedisKeys.DeviceField(new DeviceId("plain")));
        Assert.Equal("plain%3A", RedisKeys.DeviceField(new DeviceId("plain:")));
        Assert.Equal(DeviceId.Plain, RedisKeys.ReadDeviceField("plain:"));
        Assert.Equal(new DeviceId("plain:"), RedisKeys.ReadDeviceField("plain%3A"));
    }
}
